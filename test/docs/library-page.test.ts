import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorCodes } from "../../src/errors.js";
import * as library from "../../src/index.js";

const page = readFileSync(new URL("../../docs/library.md", import.meta.url), "utf8");

test("the library's page lists every error code with its class", () => {
  const listed = [...page.matchAll(/^\| `(\w+)Error` \|[^|]*\|(.*)\|$/gm)].flatMap(([, blame = "", codes = ""]) =>
    [...codes.matchAll(/`(ERR_\w+)`/g)].map(([, code]) => [code, blame.toLowerCase()]),
  );
  expect(Object.fromEntries(listed)).toEqual(errorCodes);
  expect(listed).toHaveLength(Object.keys(errorCodes).length);
});

test("the library's page speaks of every function that there is", () => {
  const functions = Object.entries(library).filter(
    ([name, value]) => typeof value === "function" && /^[a-z]/.test(name),
  );
  const unnamed = functions.map(([name]) => name).filter((name) => !page.includes(`\`${name}`));
  expect(unnamed).toEqual(["exitStatusOf"]);
});
