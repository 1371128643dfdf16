import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIni, parseIni, readSections } from "../../../src/aws/ini/document.js";
import { editIniSection } from "../../../src/aws/ini/edit.js";
import { createScratch } from "../../support/scratch.js";
import { requireTools } from "../../support/tools.js";

const keys = { aws_access_key_id: "ASIANEW", aws_secret_access_key: "s/=+", aws_session_token: "t==" } as const;
const edit = { matches: (header: string) => header === "target", header: "target", changes: keys };

const blanks = fc.constantFrom("", "", "", " ", "  ", "\t");
const name = fc.constantFrom("target", "default", "other", "profile target", "target2", "tar");
const key = fc.constantFrom(
  "aws_access_key_id",
  "AWS_Secret_Access_Key",
  "aws_session_token",
  "aws_access_key_id_old",
  "region",
  "s3",
  "ключ",
);
const value = fc.oneof(
  fc.constantFrom("", "us-east-1", "a = b", "x ; y", "x # y", "[not a header]", "é\u00a0", "\u00e0"),
  fc.string({ unit: fc.constantFrom("a", "=", ":", "[", "]", "#", " ", '"', "\\") }),
);
const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(blanks, key, fc.constantFrom("=", " = ", ":", "  =  "), value).map((parts) => parts.join("")),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(blanks, name, fc.constantFrom("", "  ", " # c", " ; c")).map(([i, n, c]) => `${i}[${n}]${c}`),
  },
  { weight: 1, arbitrary: fc.tuple(blanks, name).map(([indent, n]) => `${indent}[ ${n} ]`) },
  {
    weight: 2,
    arbitrary: fc.tuple(blanks, fc.constantFrom("# comment", "; comment", "#[target]")).map((parts) => parts.join("")),
  },
  { weight: 2, arbitrary: blanks },
  { weight: 1, arbitrary: fc.constantFrom("stray", "[", "]", "=", "[]", "=x", "   deeper = 1", "      deepest") },
);
const linesEndingIn = (...ends: string[]) => fc.array(fc.tuple(line, fc.constantFrom(...ends)));
/** As the bytes of a file: decoded as Latin-1. */
const file = fc
  .tuple(fc.boolean(), fc.oneof(linesEndingIn("\n", "\n", "\r\n"), linesEndingIn("\r")), fc.option(line))
  .map(([marked, lines, last]) => (marked ? "\uFEFF" : "") + lines.flat().join("") + (last ?? ""))
  .map((text) => Buffer.from(text, "utf8").toString("latin1"));
const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1"));

/** The lines that do not belong to the edited keys, in order, with their ends. */
function untouchedLines(text: string): string[] {
  let within = false;
  let owned = false;
  return parseIni(text).lines.flatMap((parsed) => {
    if (parsed.kind === "header") within = parsed.header === "target";
    if (parsed.kind === "header" || parsed.kind === "option")
      owned = parsed.kind === "option" && within && parsed.key in keys;
    return owned && (parsed.kind === "option" || parsed.kind === "continuation") ? [] : [parsed.text + parsed.end];
  });
}

/** Every value but those of the edited keys, as readers see them. */
function otherValues(text: string) {
  return readSections(parseIni(text)).map(({ header, options }) => ({
    header,
    options: options
      .filter((option) => header !== "target" || !(option.key in keys))
      .map((option) => ({ ...option, value: option.value.trimEnd() })),
  }));
}

/** The header of the edited section is written as every reader finds it. */
const withoutHeaderBlanks = (line: string) => line.replace(/\[[ \t\f\v]*target[ \t\f\v]*\]/, "[target]");

describe("editIniSection over any file", () => {
  test("a file that is not edited comes back byte for byte", () => {
    fc.assert(
      fc.property(fc.oneof(file, anyBytes), (text) => {
        expect(formatIni(parseIni(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test("lines outside the edited keys come back byte for byte, in order", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          file,
          anyBytes.map((text) => text.replaceAll("\r", "")),
        ),
        (text) => {
          const before = untouchedLines(text).map(withoutHeaderBlanks);
          const after = untouchedLines(editIniSection(text, edit)).map(withoutHeaderBlanks);
          const added = after.slice(before.length).map((chunk) => chunk.trimEnd());
          expect(["", "[target]", ",[target]"]).toContain(added.join());
          // A last line without an end may get one: a line follows it now.
          const last = before.at(-1) ?? "\n";
          const comparable = /[\r\n]$/.test(last) ? before : before.slice(0, -1);
          expect(after.slice(0, comparable.length)).toEqual(comparable);
          expect((after[before.length - 1] ?? last).startsWith(last)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test("every other value reads as before, and the edited ones read as written, once", () => {
    fc.assert(
      fc.property(file, (text) => {
        const after = editIniSection(text, edit);
        const before = otherValues(text);
        expect(otherValues(after).slice(0, before.length)).toEqual(before);
        const written = readSections(parseIni(after))
          .filter(({ header }) => header === "target")
          .flatMap(({ options }) => options.filter((option) => option.key in keys));
        expect(Object.fromEntries(written.map((option) => [option.key, option.value]))).toEqual(keys);
        expect(written).toHaveLength(3);
      }),
      { numRuns: 3000 },
    );
  });

  test("a second edit changes nothing", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          file,
          anyBytes.map((text) => text.replaceAll("\r", "")),
        ),
        (text) => {
          const once = editIniSection(text, edit);
          expect(editIniSection(once, edit)).toBe(once);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("readSections", () => {
  const present = requireTools("that files read as botocore's parser reads them", "python3");

  test.skipIf(!present)("reads a file as Python's configparser does, wherever that reads it at all", () => {
    const folder = createScratch("ini");
    const texts = fc
      .sample(
        file.filter((text) => !text.includes("[ ")),
        500,
      )
      .map((text) =>
        Buffer.from(text, "latin1")
          .toString("utf8")
          .replace(/^\uFEFF/, ""),
      );
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.ini`), text);
    const program = [
      "import configparser, json, sys",
      "def read(path):",
      "  parser = configparser.RawConfigParser(strict=False, default_section='\\0')",
      "  try: parser.read(path, encoding='utf-8')",
      "  except configparser.Error: return None",
      "  return {s.strip(): {k: v.strip() for k, v in parser.items(s)} for s in parser.sections()}",
      `print(json.dumps([read(f"{sys.argv[1]}/{i}.ini") for i in range(${texts.length})]))`,
    ].join("\n");
    const { stdout, stderr } = spawnSync("python3", ["-c", program, folder], { encoding: "utf8", maxBuffer: 1e8 });
    expect(stderr).toBe("");
    const theirs = JSON.parse(stdout) as (Record<string, Record<string, string>> | null)[];
    const ours = texts.map((text) => {
      const sections: Record<string, Record<string, string>> = {};
      for (const { header, options } of readSections(parseIni(text))) {
        sections[header] = { ...sections[header] };
        for (const option of options)
          sections[header][option.key] = option.value
            .split("\n")
            .map((part) => part.trim())
            .join("\n")
            .trim();
      }
      return sections;
    });
    const comparable = theirs.flatMap((their, index) => (their === null ? [] : [index]));
    expect(comparable.length).toBeGreaterThan(20);
    const withTexts = (read: readonly unknown[]) => comparable.map((index) => [texts[index], read[index]]);
    expect(withTexts(ours)).toEqual(withTexts(theirs));
  });
});

describe("botocore's parser on edited files", () => {
  const present = requireTools("that botocore reads edited files", "python3");

  test.skipIf(!present)("takes every file that it took before, with the new values and all others as they were", () => {
    const folder = createScratch("edited");
    const texts = fc.sample(
      file.filter((text) => !text.includes("[ ") && !text.startsWith("\u00ef")),
      800,
    );
    for (const [index, text] of texts.entries()) {
      writeFileSync(join(folder, `${index}.before`), Buffer.from(text, "latin1"));
      writeFileSync(join(folder, `${index}.after`), Buffer.from(editIniSection(text, edit), "latin1"));
    }
    const program = [
      "import configparser, json, sys",
      "def read(path):",
      "  parser = configparser.RawConfigParser()",
      "  try: parser.read(path, encoding='utf-8')",
      "  except configparser.Error: return None",
      "  return {s: dict(parser.items(s)) for s in parser.sections()}",
      `print(json.dumps([[read(f"{sys.argv[1]}/{i}.{w}") for w in ("before", "after")] for i in range(${texts.length})]))`,
    ].join("\n");
    const { stdout, stderr } = spawnSync("python3", ["-c", program, folder], { encoding: "utf8", maxBuffer: 1e8 });
    expect(stderr).toBe("");
    type Sections = Record<string, Record<string, string>>;
    const readable = (JSON.parse(stdout) as [Sections | null, Sections | null][]).flatMap(([before, after]) =>
      before === null ? [] : [{ before, after }],
    );
    expect(readable.length).toBeGreaterThan(50);
    expect(readable.map(({ after }) => after)).toEqual(
      readable.map(({ before }) => ({ ...before, target: { ...before["target"], ...keys } })),
    );
  });
});
