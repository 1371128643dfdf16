import { expect, it } from "vitest";
import { findHeader, withoutHeaders } from "../../../src/aws/http/header-fields.js";
import type { HeaderFields } from "../../../src/aws/http/header-fields.js";

const fields: HeaderFields = [
  ["Host", "a"],
  ["X-Twice", " one "],
  ["x-twice", "two"],
];

it("finds the first field of a name, whatever its case, without white space", () => {
  expect(findHeader(fields, "X-TWICE")).toBe("one");
  expect(findHeader(fields, "host")).toBe("a");
  expect(findHeader(fields, "absent")).toBeUndefined();
});

it("leaves fields out by name and keeps order and repetition of the others", () => {
  expect(withoutHeaders(fields, ["host"])).toEqual(fields.slice(1));
  expect(withoutHeaders(fields, ["x-twice", "absent"])).toEqual([["Host", "a"]]);
});
