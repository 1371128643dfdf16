import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findingCodes } from "../../src/diagnosis/finding-codes.js";

test("docs/troubleshooting.md has an entry for each code, and for no other", () => {
  const text = readFileSync(new URL("../../docs/troubleshooting.md", import.meta.url), "utf8");
  const entries = [...text.matchAll(/^### ([A-Z_]+)$/gm)].map(([, code]) => code);
  expect(entries.toSorted()).toEqual(Object.keys(findingCodes).toSorted());
});
