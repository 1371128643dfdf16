import { describe, expect, it } from "vitest";
import { mergeHeaders, parseHeaderOption } from "../../src/request/header-option.js";
import { redactHeader, redactText } from "../../src/request/redaction.js";

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

describe("redaction", () => {
  it.each([
    [
      "authorization",
      "AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h, Signature=0a",
      "AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=h, Signature=***",
    ],
    ["Authorization", "Bearer abc", "Bearer ***"],
    ["Cookie", "a=b", "***"],
    ["X-Amz-Security-Token", "t", "***"],
    ["x-api-key", "k", "***"],
    ["accept", "*/*", "*/*"],
  ])("%s: %s", (name, value, shown) => {
    expect(redactHeader(name, value)).toBe(shown);
  });

  it("takes tokens and signatures out of canonical requests and URLs", () => {
    expect(redactText("GET\n/\nX-Amz-Security-Token=a%2Fb&x=1\nx-amz-security-token:t\nhost:h")).toBe(
      "GET\n/\nX-Amz-Security-Token=***&x=1\nx-amz-security-token:***\nhost:h",
    );
    expect(redactText("/a?X-Amz-Signature=0f&b=1")).toBe("/a?X-Amz-Signature=***&b=1");
  });
});
