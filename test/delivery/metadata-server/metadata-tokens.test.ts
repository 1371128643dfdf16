import { describe, expect, test } from "vitest";
import { MetadataTokens, parseTokenTtl } from "../../../src/delivery/metadata-server/metadata-tokens.js";

describe("MetadataTokens", () => {
  test("honours a token until its time is over", () => {
    let now = 1000;
    const tokens = new MetadataTokens(() => now);
    const token = tokens.issue(60);
    expect(tokens.secondsLeft(token)).toBe(60);
    now += 59_500;
    expect(tokens.secondsLeft(token)).toBe(0);
    now += 500;
    expect(tokens.secondsLeft(token)).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  test("never holds more than its capacity, and evicts the oldest", () => {
    const tokens = new MetadataTokens(() => 0, 100);
    const issued = Array.from({ length: 5000 }, () => tokens.issue(21_600));
    expect(tokens.size).toBeLessThanOrEqual(100);
    expect(tokens.secondsLeft(issued[0] as string)).toBeUndefined();
    expect(tokens.secondsLeft(issued.at(-1) as string)).toBe(21_600);
  });

  test("forgets expired tokens as new ones are issued", () => {
    let now = 0;
    const tokens = new MetadataTokens(() => now);
    for (let index = 0; index < 1000; index++) tokens.issue(1);
    now = 2000;
    for (let index = 0; index < 600; index++) tokens.issue(60);
    expect(tokens.size).toBe(600);
  });
});

test.each([
  ["1", 1],
  ["21600", 21_600],
  ["0", undefined],
  ["21601", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  [" 5", undefined],
  ["", undefined],
  [undefined, undefined],
])("parseTokenTtl(%j) is %s", (header, expected) => {
  expect(parseTokenTtl(header)).toBe(expected);
});
