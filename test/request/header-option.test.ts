import { describe, expect, it } from "vitest";
import { mergeHeaders, parseHeaderOption } from "../../src/request/header-option.js";

describe("one -H", () => {
  it.each([
    ["Name: value", { kind: "send", name: "Name", value: "value" }],
    ["Name:value: more ", { kind: "send", name: "Name", value: "value: more" }],
    ["Name:", { kind: "drop", name: "Name" }],
    ["Name: ", { kind: "drop", name: "Name" }],
    ["Name;", { kind: "send", name: "Name", value: "" }],
  ])("%s", (text, option) => {
    expect(parseHeaderOption(text, "--header")).toEqual(option);
  });

  it.each(["Name", ": value", "Na me: x", "Name : x", "Name: a\r\nB: c", ""])("refuses %j", (text) => {
    expect(() => parseHeaderOption(text, "--header")).toThrow(/expects "Name: value"/);
  });
});

it("replaces only the defaults that are named", () => {
  const given = [parseHeaderOption("B: 2", "-H"), parseHeaderOption("c:", "-H")];
  const merged = mergeHeaders(
    [
      ["a", "1"],
      ["b", "1"],
      ["C", "1"],
    ],
    given,
  );
  expect(merged).toEqual([
    ["a", "1"],
    ["B", "2"],
  ]);
});
