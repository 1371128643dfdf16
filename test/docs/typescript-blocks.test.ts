import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createScratch } from "../support/scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = ["README.md", ...readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"))];

const settings = {
  extends: join(root, "tsconfig.json"),
  compilerOptions: { moduleDetection: "force", paths: { "rolesanywhere-ts": [join(root, "src/index.ts")] } },
  include: ["blocks", join(root, "src/**/*.d.ts")],
};

test("every TypeScript block of README and the pages type-checks", () => {
  const folder = createScratch("blocks");
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, "blocks"));
  const blocks = pages.flatMap((page) => readBlocks(page));
  for (const { name, text } of blocks) writeFileSync(join(folder, "blocks", name), text);
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const { stdout } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
    encoding: "utf8",
  });
  expect(blocks.length).toBeGreaterThan(5);
  expect(stdout).toBe("");
});

/** The blocks of a page, each in a file named for page and line. */
function readBlocks(page: string): readonly { readonly name: string; readonly text: string }[] {
  const text = readFileSync(join(root, page === "README.md" ? page : join("docs", page)), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({
    name: `${page.replace(".md", "")}-${text.slice(0, match.index).split("\n").length}.ts`,
    text: match[1] ?? "",
  }));
}
