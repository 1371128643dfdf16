// docs/troubleshooting.md has an entry for every code that the program can show, and for no other.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findingCodes } from "../../src/diagnosis/finding-codes.js";
import { errorCodes, exitStatuses } from "../../src/errors.js";

const text = readFileSync(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8");

interface Entry {
  readonly code: string;
  readonly body: string;
  /** The heading above, such as `Status 3: the certificate, its chain or the private key` or `Files`. */
  readonly part: string;
}

function readEntries(): readonly Entry[] {
  let part = "";
  return text.split(/^(?=#{2,4} )/m).flatMap((piece) => {
    const [, marks = "", title = "", body = ""] = /^(#{2,4}) (.*)\n([^]*)$/.exec(piece) ?? [];
    if (marks === "###") part = title;
    return marks === "####" ? [{ code: title, body, part }] : [];
  });
}

const entries = readEntries();
const codesOf = (pick: (code: string) => boolean) =>
  entries
    .map(({ code }) => code)
    .filter(pick)
    .toSorted();
const isError = (code: string) => code.startsWith("ERR_");

describe("docs/troubleshooting.md", () => {
  test("has an entry for each error code, and for no other", () => {
    expect(codesOf(isError)).toEqual(Object.keys(errorCodes).toSorted());
  });

  test("has an entry for each finding of check, and for no other", () => {
    expect(codesOf((code) => !isError(code))).toEqual(Object.keys(findingCodes).toSorted());
  });

  test("has each error below its exit status", () => {
    const told = entries
      .filter(({ code }) => isError(code))
      .map(({ code, part }) => [code, Number(/^Status (\d+):/.exec(part)?.[1])]);
    const real = Object.entries(errorCodes).map(([code, blame]) => [code, exitStatuses[blame]]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(real));
  });

  test("has each finding in its part of the report", () => {
    const told = entries.filter(({ code }) => !isError(code)).map(({ code, part }) => [code, part.toLowerCase()]);
    expect(Object.fromEntries(told)).toEqual(findingCodes);
  });

  test.each(entries)("says what $code means and how to mend it", ({ body }) => {
    expect(body.replace(/^Seen as: .*\n\n/, "")).toMatch(/^\S.{20,}/);
    expect(body).toMatch(/^\*\*Fix:\*\* .{10,}|Nothing to fix\./m);
  });

  test("links to entries that exist", () => {
    const anchors = new Set(entries.map(({ code }) => code.toLowerCase()));
    const linked = [...text.matchAll(/\]\(#([a-z_]+)\)/g)].map(([, anchor = ""]) => anchor);
    expect(linked.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });
});
