import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { decodeMappings } from "./mappings.js";

/** Piece of the executable's code as V8 sees it, with the source lines that it comes from. */
export interface Part {
  /** Start of its code in the script. */
  readonly start: number;
  /** For each position in the code, by its offset from `start`: file and line. */
  readonly places: readonly { readonly offset: number; readonly file: string; readonly line: number }[];
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly mappings: string;
}

/**
 * Reads the parts of each script of `dist/rolesanywhere-ts.cjs`, by the end of the script's URL.
 * `scripts/executable-layout.mjs` explains the layout of the file.
 */
export function readParts(root: string): ReadonlyMap<string, readonly Part[]> {
  const file = join(root, "dist", "rolesanywhere-ts.cjs");
  const text = readFileSync(file, "latin1");
  const map = JSON.parse(readFileSync(`${file}.map`, "utf8")) as SourceMap;
  const [, table = "", ...lines] = text.slice(text.indexOf("\n//# sourceMappingURL=") + 1).split("\n");
  const { places } = JSON.parse(table.slice(2)) as Table;
  const starts = [...new Set(Object.values(places).map(([start]) => start))].sort((one, other) => one - other);
  const payload = (name: string) => lines[starts.indexOf(places[name]?.[0] ?? -1)]?.slice(2) ?? "";
  const parts = new Map<string, readonly Part[]>([
    ["rolesanywhere-ts.cjs", [{ start: 0, places: placesOf(text, map) }]],
  ]);
  const opening = "(function(exports,require,module){";
  const together = JSON.parse(payload("usual")) as string;
  parts.set("rolesanywhere-ts.cjs/usual.js", [
    { start: opening.length, places: placesOf(together.slice(opening.length), readGroupMap(root, "./usual.js")) },
  ]);
  for (const name of Object.keys(places).filter((found) => found !== "usual")) {
    const code = brotliDecompressSync(Buffer.from(payload(name), "base64")).toString();
    parts.set(`rolesanywhere-ts.cjs/${name.slice(2)}`, [
      { start: 0, places: placesOf(code, readGroupMap(root, name)) },
    ]);
  }
  return parts;
}

interface Table {
  readonly places: Readonly<Record<string, readonly [start: number, end: number]>>;
}

function readGroupMap(root: string, name: string): SourceMap {
  return JSON.parse(readFileSync(join(root, "dist/maps", `${name.slice(2)}.map`), "utf8")) as SourceMap;
}

function placesOf(code: string, map: SourceMap): Part["places"] {
  const lineStarts = [0];
  for (let at = code.indexOf("\n"); at >= 0; at = code.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const owners = map.sources.map((source, index) => ownersOf(source, map.sourcesContent?.[index] ?? ""));
  return decodeMappings(map.mappings).flatMap(({ line, column, source, sourceLine }) => {
    const owner = owners[source]?.(sourceLine);
    const offset = (lineStarts[line] ?? Infinity) + column;
    return owner === undefined ? [] : [{ offset, ...owner }];
  });
}

/**
 * Finds the source of a line. The groups are mapped to the bundle that they were made from, in which a comment names
 * the file above its code; lines are then those of the bundle.
 */
function ownersOf(source: string, content: string): (line: number) => { file: string; line: number } | undefined {
  const own = /(?:^|\/)(src\/.*\.ts)$/.exec(source)?.[1];
  if (own !== undefined) return (line) => ({ file: own, line });
  const files: (string | undefined)[] = [];
  let current: string | undefined;
  for (const text of content.split("\n")) {
    const [, named] = /^\/\/ (\S+\.[cm]?[jt]s)$/.exec(text) ?? [];
    if (named !== undefined) current = named;
    files.push(current);
  }
  return (line) => {
    const file = files[line];
    return file?.startsWith("src/") === true ? { file, line } : undefined;
  };
}
