import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findReferenceFaults, main } from "../../scripts/docs/reference.js";
import { createScratch } from "../support/scratch.js";

const page = "docs/reference/library.md";

function createPackage(source: string): string {
  const root = createScratch("package");
  for (const folder of ["src/exports", "docs/reference"]) mkdirSync(join(root, folder), { recursive: true });
  const entry = (name: string) => ({ import: { types: `./dist/lib/types/${name}.d.ts` } });
  const exports = { ".": entry("index"), "./part": entry("exports/part"), "./package.json": "./package.json" };
  writeFileSync(join(root, "package.json"), JSON.stringify({ name: "sample", exports }));
  writeFileSync(join(root, "tsconfig.json"), '{ "compilerOptions": { "module": "nodenext", "strict": true } }');
  writeFileSync(
    join(root, "src/index.ts"),
    'export { send } from "./send.js";\nexport type { Options } from "./send.js";\n',
  );
  writeFileSync(join(root, "src/exports/part.ts"), 'export { send } from "../send.js";\n');
  writeFileSync(join(root, "src/send.ts"), source);
  return root;
}

const documented = `
/** What to send. */
export interface Options {
  /** Seconds to wait; default 3. */
  readonly waitSeconds?: number | undefined;
  /** Told of {@link send}'s end. */
  readonly onEnd?: (() => void) | undefined;
  readonly kind: "a" | "b";
  readonly shade?: Shade;
}

const shades = ["dark", "light"] as const;
type Shade = (typeof shades)[number];

/**
 * Sends.
 *
 * @param text What to send.
 * @returns How much was sent.
 * @throws RangeError when it is long.
 * @example
 * \`\`\`ts
 * await send("a", {});
 * \`\`\`
 * @see https://example.com/
 */
export async function send(text: string, options: Options): Promise<number> {
  return text.length + (options.waitSeconds ?? 3);
}
`;

describe("the library reference", () => {
  test("has each export once, with where it comes from, its shape and its words", () => {
    const root = createPackage(documented);
    expect(main([], root)).toBe(0);
    expect(findReferenceFaults(root)).toEqual([]);
    const text = readFileSync(join(root, page), "utf8");
    for (const part of [
      "| `sample` | [`send`](#send) |",
      "| `sample/part` | [`send`](#send) |",
      "```ts\nsend(text: string, options: Options): Promise<number>\n```",
      "| `text` | `string` | What to send. |",
      "**Returns** How much was sent.",
      "**Throws** `RangeError` when it is long.",
      '```ts\nawait send("a", {});\n```',
      "See <https://example.com/>",
      "| `waitSeconds?` | `number` | 3 | Seconds to wait. |",
      "| `onEnd?` | `() => void` | | Told of [`send`](#send)'s end. |",
      '### Shade\n\n```ts\ntype Shade = "dark" | "light";\n```',
      '| `kind` | `"a" \\| "b"` | | |',
    ]) {
      expect(text).toContain(part);
    }
    expect(text.match(/^### send$/gm)).toHaveLength(1);
  });

  test("is stale when a comment changes", () => {
    const root = createPackage(documented);
    main([], root);
    writeFileSync(join(root, "src/send.ts"), documented.replace("Sends.", "Sends it."));
    expect(findReferenceFaults(root)).toMatchObject([
      { path: page, message: expect.stringContaining("npm run docs") as string },
    ]);
  });

  test("asks for what a comment leaves out", () => {
    const root = createPackage("export interface Options {}\nexport async function send(): Promise<void> {}\n");
    main([], root);
    expect(findReferenceFaults(root).map(({ path, line, message }) => `${path}:${line}: ${message}`)).toEqual([
      "src/send.ts:2: send has no description",
      "src/send.ts:2: send has no @example",
      "src/send.ts:2: send has no @throws",
      "src/send.ts:1: Options has no description",
    ]);
  });
});
