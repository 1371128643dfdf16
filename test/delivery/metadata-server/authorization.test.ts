import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createToken,
  digestToken,
  findByToken,
  parseToken,
} from "../../../src/delivery/metadata-server/authorization.js";

describe("findByToken", () => {
  const one = { name: "one", tokenDigest: digestToken("a".repeat(32)) };
  const two = { name: "two", tokenDigest: digestToken("b".repeat(32)) };

  test.each([
    ["b".repeat(32), two],
    [`Bearer ${"b".repeat(32)}`, two],
    [`bearer  ${"a".repeat(32)}`, one],
    ["c".repeat(32), undefined],
    ["Bearer", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("finds whose token %j is", (header, expected) => {
    expect(findByToken(header, [one, two])).toBe(expected);
  });
});

describe("parseToken", () => {
  test("takes what createToken makes, with or without a line end", () => {
    const token = createToken();
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect([token, `${token}\n`, `${token}\r\n`].map((text) => parseToken(text, "file"))).toEqual([
      token,
      token,
      token,
    ]);
  });

  test("never tells a token's text", () => {
    assert(
      property(string({ minLength: 16 }), (secret) => {
        expect(faultOf(() => parseToken(`${secret}\u0007`, "token file"))).toBe(
          "token file contains a space, a line end or another character that a header cannot carry",
        );
      }),
    );
  });

  test.each(["", "short", "two words of some length", `${"x".repeat(20)}\n\n`])("refuses %j", (text) => {
    expect(() => parseToken(text, "token file")).toThrow(/^token file (has|contains) /);
  });
});

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no fault";
}
