// Writes docs/reference/library.md from the comments in src.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Node } from "ts-morph";
import { readDocComment } from "./doc-comment.js";
import type { Fault } from "./fault.js";
import { formatLibraryPage } from "./library-page.js";
import { readPublicSurface } from "./public-surface.js";
import type { PublicSurface } from "./public-surface.js";

const path = "docs/reference/library.md";

export function main(_: readonly string[], root: string): number {
  writeFileSync(join(root, path), formatLibraryPage(readPublicSurface(root)));
  return 0;
}

/** Finds exports without documentation, and a page that differs from the comments. */
export function findReferenceFaults(root: string): readonly Fault[] {
  const surface = readPublicSurface(root);
  const isFresh = readFileSync(join(root, path), "utf8") === formatLibraryPage(surface);
  return [
    ...findUndocumented(surface, root),
    ...(isFresh ? [] : [{ path, line: 0, message: 'it is not what the comments in src say: run "npm run docs"' }]),
  ];
}

function findUndocumented({ exports }: PublicSurface, root: string): readonly Fault[] {
  return [...exports].flatMap(([name, node]) => {
    const { description, examples, throws } = readDocComment(node);
    const missing = [
      ...(description === "" ? ["description"] : []),
      ...(Node.isFunctionDeclaration(node) && examples.length === 0 ? ["@example"] : []),
      ...(Node.isFunctionDeclaration(node) && node.isAsync() && throws.length === 0 ? ["@throws"] : []),
    ];
    const file = node
      .getSourceFile()
      .getFilePath()
      .slice(root.length + 1);
    return missing.map((what) => ({ path: file, line: node.getStartLineNumber(), message: `${name} has no ${what}` }));
  });
}
