// Removes declarations that no entry of the library imports: the compiler writes one file for every source.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Finds modules that a declaration file imports: `from "./x.js"`, `import("./x.js")`, `import "./x.js"`. */
export function namedModules(text) {
  const code = text.replaceAll(/\/\*[^]*?\*\//g, "");
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map(([, specifier]) => specifier);
}

/**
 * @param {string} folder Folder of the declarations.
 * @param {readonly string[]} entries Paths in it.
 * @returns {{ kept: number, removed: number, packages: readonly string[] }} `packages` are those of the kept files.
 */
export function trimTypes(folder, entries) {
  const kept = new Set();
  const packages = new Set();
  const pending = entries.map((entry) => resolve(folder, entry));
  while (pending.length > 0) {
    const file = pending.pop();
    if (kept.has(file)) continue;
    if (!existsSync(file)) throw new Error(`${file} is named by a declaration, but is not there`);
    kept.add(file);
    for (const specifier of namedModules(readFileSync(file, "utf8"))) {
      if (specifier.startsWith(".")) pending.push(resolve(dirname(file), specifier.replace(/\.js$/, ".d.ts")));
      else packages.add(specifier);
    }
  }
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  let removed = 0;
  for (const entry of all) {
    const path = resolve(entry.parentPath, entry.name);
    if (kept.has(path)) continue;
    rmSync(path);
    removed++;
  }
  removeEmptyFolders(folder);
  return { kept: kept.size, removed, packages: [...packages].sort() };
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
