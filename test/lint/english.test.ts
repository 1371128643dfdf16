import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const read = (file: string) => readFileSync(join(root, file), "utf8");
const filesBelow = (folder: string, end: RegExp) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => end.test(file));

const glossary = read("docs/glossary.md");
const columnsOf = (section: string) =>
  (glossary.split(`## ${section}\n`)[1]?.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((row) => row.startsWith("| "))
    .slice(2)
    .map((row) => row.split("|").at(-2) ?? "");
const codeIn = (columns: readonly string[]) =>
  columns.flatMap((column) => [...column.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word));

const phrases = codeIn([...columnsOf("Terms"), ...columnsOf("Phrases")]);
const phrase = new RegExp(
  String.raw`(?<![\w-])(?:${phrases.join("|").replaceAll(" ", String.raw`\s+`)})(?![\w-])`,
  "i",
);
const names = codeIn(columnsOf("Names in code"));
const name = new RegExp(
  names
    .map((word) =>
      word.endsWith("…") ? String.raw`\b${word.slice(0, -1)}[A-Z]\w*` : String.raw`\b\w*${word.slice(1)}\b`,
    )
    .join("|"),
);

/** The flag and the IP term of that name, and the plain uses of "is no". */
const fieldTerms =
  /(?:hop|router)[- ]limit|--hops|\bhops:|_hops\b|\bthere[\s*]+(?:is|are|was|were)\s+no\b|\b(?:is|are|was|were)\s+no\s+(?:longer|later|more|less)\b/gi;

/** Line numbers stay right: what is not text becomes blanks. */
const blank = (text: string) => text.replaceAll(/[^\n]/g, " ");

function textOfPage(source: string): string {
  return source
    .replaceAll(/^```[^]*?^```|^#### [A-Z_]+$/gm, blank)
    .replaceAll(/`[^`\n]*`|\]\([^)\n]*\)|<!--[^]*?-->/g, blank);
}

/** Comments, and literals that hold a blank; the rest is names and paths. */
function textOfCode(source: string): string {
  const parts = /\/\*[^]*?\*\/|(?<!:)\/\/.*|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  let text = "";
  let end = 0;
  for (const { 0: part, index } of source.matchAll(parts)) {
    text += blank(source.slice(end, index)) + (/\s/.test(part) ? part : blank(part));
    end = index + part.length;
  }
  return text;
}

function find(file: string, text: string, pattern: RegExp): Place[] {
  return text
    .replaceAll(fieldTerms, blank)
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [{ file, line: index + 1, text: line.trim() }] : []));
}

const show = (places: readonly Place[]) => places.map(({ file, line, text }) => `${file}:${line} ${text}`);

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CODE_OF_CONDUCT.md",
  ...filesBelow("docs", /\.md$/).filter((file) => !file.endsWith("/glossary.md") && !file.includes("/reference/")),
];
const code = [
  ...filesBelow("src", /\.ts$/),
  ...filesBelow("scripts", /\.(?:ts|mjs)$/),
  ...filesBelow("packaging", /\.(?:ts|mjs)$/),
  "build.mjs",
];

describe("plain English", () => {
  test("has words to refuse", () => {
    expect(phrases.length).toBeGreaterThan(20);
    expect(names.length).toBeGreaterThan(8);
  });

  test("is what pages say", () => {
    expect(show(pages.flatMap((file) => find(file, textOfPage(read(file)), phrase)))).toEqual([]);
  });

  test("is what messages, help and comments say", () => {
    expect(show(code.flatMap((file) => find(file, textOfCode(read(file)), phrase)))).toEqual([]);
  });

  test("is what names say", () => {
    const unnamed = (source: string) => source.replaceAll(/"(?:\\.|[^"\\\n])*"/g, blank);
    expect(show(code.flatMap((file) => find(file, unnamed(read(file)), name)))).toEqual([]);
  });

  test.each([
    ['throw usage("it is not said what to read")', "code"],
    ["/** Whoever calls it closes it. */", "code"],
    ["const hint = `the last hop of ${chain}`;", "code"],
    ["The session cannot\nbe had.", "page"],
    ["Go on by a hop.", "page"],
    ["return `is no ${kind}`;", "code"],
    ["The folders are no cache.", "page"],
  ])("refuses %j", (source, kind) => {
    const text = kind === "code" ? textOfCode(source) : textOfPage(source).replaceAll("\n", " ");
    expect(find("x", text, phrase)).toHaveLength(1);
  });

  test.each(["const longestWaitMs = 1;", "interface ScanWishes {}", "let mostBytes;"])(
    "refuses the name in %j",
    (line) => {
      expect(find("x", line, name)).toHaveLength(1);
    },
  );

  test.each([
    ['import { hops } from "./hops.js";', "code"],
    ["`--hops` and the IP hop limit", "page"],
    ["There is no cache, and it is no longer needed.", "page"],
    ['const url = "https://example.com/a b"; // a hop-limit', "code"],
  ])("takes %j", (source, kind) => {
    expect(find("x", kind === "code" ? textOfCode(source) : textOfPage(source), phrase)).toEqual([]);
  });
});
