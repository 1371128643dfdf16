import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../../../src", import.meta.url));

/** What of Node.js's file system makes, names or fills a file. */
const writers =
  /\b(?:writeFile|appendFile|rename|createWriteStream|link|symlink|copyFile|cp|mkdir|truncate|ftruncate|futimes|utimes)(?:Sync)?\b/;

/** Files outside of `src/aws/files/` that may, each with the reason. */
const exceptions: Readonly<Record<string, string>> = {
  "delivery/metadata-server/socket-file.ts": "puts a dead socket aside, and back when it was replaced meanwhile",
  "delivery/stand-in-files.ts": "makes files without a name for one child, whose content no other process finds",
  "readers/members/extract.ts": "moves members of an archive out of a folder of its own, all or none",
  "readers/members/placement.ts": "puts files that stood in the way aside, and back when one cannot be placed",
};

/** The names that a module takes from `node:fs` and `node:fs/promises`. */
function importedFileFunctions(text: string): readonly string[] {
  return [...text.matchAll(/import(?! type) \{([^}]*)\} from "node:fs(?:\/promises)?"/g)].flatMap(([, names = ""]) =>
    names.split(",").map((name) => name.trim()),
  );
}

test("files are made, named and filled in src/aws/files/ alone", () => {
  const found = readdirSync(source, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.startsWith("aws/files/"))
    .filter((path) =>
      importedFileFunctions(readFileSync(join(source, path), "utf8")).some((name) => writers.test(name)),
    );
  expect(found.sort()).toEqual(Object.keys(exceptions).sort());
});

test("the search finds a second writer", () => {
  expect(
    importedFileFunctions('import { readFileSync, writeFileSync } from "node:fs";').some((n) => writers.test(n)),
  ).toBe(true);
  expect(importedFileFunctions('import { readFileSync } from "node:fs";').some((n) => writers.test(n))).toBe(false);
});
