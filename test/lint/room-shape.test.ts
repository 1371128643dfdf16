import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const rooms = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => `src/${entry.name}`);
const maxFiles = 25;

const sourcesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => posix.join(folder, file.replaceAll("\\", "/")))
    .filter((file) => file.endsWith(".ts"));

/** Imports of values, of types, and those behind `import()`. */
function importsOf(file: string): string[] {
  const specifiers = readFileSync(join(root, file), "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g);
  return [...specifiers]
    .map(([, specifier = ""]) => posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts"))
    .filter((path) => existsSync(join(root, path)));
}

function circleThrough(start: string, imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const next of imports.get(file) ?? []) {
      if (next === start) {
        const circle = [start];
        for (let at: string | undefined = file; at !== undefined && at !== start; at = cameFrom.get(at))
          circle.push(at);
        return circle;
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      waiting.push(next);
    }
  }
  return undefined;
}

describe.each(rooms)("%s", (room) => {
  const files = sourcesBelow(room);

  it(`has no folder of more than ${maxFiles} files`, () => {
    const counts = new Map<string, number>();
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > maxFiles)).toEqual([]);
  });

  it("has no file whose name repeats the name of its folder", () => {
    expect(files.filter((file) => basename(file).startsWith(`${basename(dirname(file)).replace(/s$/, "")}-`))).toEqual(
      [],
    );
  });

  it("has no import circle, types and lazy imports included", () => {
    const imports = new Map(sourcesBelow("src").map((file) => [file, importsOf(file)]));
    expect(files.map((file) => circleThrough(file, imports)).filter((circle) => circle !== undefined)).toEqual([]);
  });
});
