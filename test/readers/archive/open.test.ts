import { describe, expect, it } from "vitest";
import { parseMemberSelection, tellKind } from "../../../src/readers/archive/open.js";
import { parseMemberPath } from "../../../src/readers/members/extract.js";
import { parseGlob } from "../../../src/readers/glob.js";

describe("member selection", () => {
  it.each([
    ["a.csv", true],
    ["deep/er/A.CSV", true],
    ["../a.csv", true],
    ["a.csv.txt", false],
    ["__MACOSX/a.csv", false],
    ["._a.csv", false],
    [".git/a.csv", false],
    ["folder.csv/", false],
  ])("without flags takes %s: %s", (name, wanted) => {
    expect(parseMemberSelection([], [])(name)).toBe(wanted);
  });

  it("takes what --member names and --exclude does not", () => {
    const wanted = parseMemberSelection(["*.txt", "data/**"], ["*secret*"]);
    expect(["a.txt", "x/b.txt", "data/x/y.bin", "data/secret.bin", "c.csv"].filter(wanted)).toEqual([
      "a.txt",
      "x/b.txt",
      "data/x/y.bin",
    ]);
  });
});

describe("--member", () => {
  const names = ["a.csv", "B.CSV", "__MACOSX/._a.csv", ".hidden.csv", "x/.git/c.csv"];

  it("'*.csv' is the same as no --member", () => {
    expect(names.filter(parseMemberSelection(["*.csv"], []))).toEqual(names.filter(parseMemberSelection([], [])));
    expect(names.filter(parseMemberSelection([], []))).toEqual(["a.csv", "B.CSV"]);
  });

  it("takes hidden members when its glob names them", () => {
    expect(names.filter(parseMemberSelection([".*"], []))).toEqual(["__MACOSX/._a.csv", ".hidden.csv"]);
    expect(names.filter(parseMemberSelection(["__MACOSX/**"], []))).toEqual(["__MACOSX/._a.csv"]);
  });
});

describe("globs", () => {
  it.each([
    ["*.{csv,tsv}", "x.tsv", true],
    ["a/*", "a/b/c", false],
    ["a/**", "a/b/c", true],
    ["**/c", "c", true],
    ["[!a-c]?.csv", "dx.csv", true],
    ["[!a-c]?.csv", "ax.csv", false],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["a+b(1).csv", "a+b(1).csv", true],
    ["x,y", "x,y", true],
    ["a{,b{c,d}e}f", "af", true],
    ["a{,b{c,d}e}f", "abdef", true],
    ["a{,b{c,d}e}f", "abef", false],
    ["**/a/*.csv", "x/y/a/b.csv", true],
    ["**/a/*.csv", "a/b.csv", true],
    ["**/a/*.csv", "xa/b.csv", false],
    ["a/**", "a/", true],
    ["?.csv", "\u{1f600}.csv", true],
    ["[a-c", "[a-c", true],
  ])("%s on %s: %s", (glob, name, expected) => {
    expect(parseGlob(glob, "--member")(name)).toBe(expected);
  });

  it("take time in proportion to the name, whatever they are", () => {
    const matches = parseGlob("*report*final*a*b*c*.csv", "--member");
    const startedMs = performance.now();
    expect(matches(`${"report".repeat(5_000)}${"final".repeat(5_000)}.txt`)).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it("say what is wrong with them", () => {
    expect(() => parseGlob("{a,b", "--member")).toThrow("--member has a glob that cannot be read");
  });
});

describe("kinds of archives", () => {
  it.each([
    ["zip", [0x50, 0x4b, 3, 4]],
    ["zip", [0x50, 0x4b, 5, 6]],
    ["gzip", [0x1f, 0x8b, 8, 0]],
    ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
    ["plain", [0x50, 0x4b, 0x2c, 0x61]],
    ["plain", []],
  ] as const)("%s is told by its bytes", (kind, bytes) => {
    expect(tellKind(Uint8Array.from(bytes))).toBe(kind);
  });
});

describe("paths of members", () => {
  it.each(["../a", "a/../../b", "/a", "a//b", "C:a", "a\\b", "a\u0000", "", ".", "a/."])("refuse %j", (name) => {
    expect(() => parseMemberPath(name, "member")).toThrow("leads out of the folder");
  });

  it("allow the rest", () => {
    expect(parseMemberPath("a/b c/…/d.csv", "member")).toEqual(["a", "b c", "…", "d.csv"]);
  });
});
