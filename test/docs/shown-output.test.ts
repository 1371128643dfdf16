import { describe, expect, test } from "vitest";
import { compareOutput, replaceNames } from "../support/shown-output.js";

describe("what a page shows", () => {
  test.each([
    ["AROA3CDIJIAE6GTNPA7MZ:403f6b953721acaa648594eb15bfc996", "AROA00000000000000001:15d196"],
    ["until 2026-11-22T05:50:12Z", "until 2031-01-01T00:00:00Z"],
    ["a-20261122T101112Z-3f9a", "a-20310101T000000Z-0000"],
    ["24 B (312 B received) in 0.3 s, 2 requests", "9 B (1,204 B received) in 12.5 s, 2 requests"],
    ["a\n…\nz", "a\nb\nc\nz"],
    ["a\n…", "a\nb\nc"],
    ['{"requests":[…]}', '{"requests":[1,2]}'],
    ["a ", "\na\n\n"],
  ])("%j stands for %j", (shown, actual) => {
    expect(compareOutput(shown, actual, new Map())).toBeUndefined();
  });

  test.each([
    ["removed 1 session", "removed 2 sessions"],
    ["2 rows, 24 B", "3 rows, 24 B"],
    ["arn:aws:iam::111122223333:role/Demo", "arn:aws:iam::111122223333:role/Other"],
    ["a", "a\nb"],
    ["a\nb", "a"],
    ["a\n…\nz", "a\nb"],
    ["a.c", "abc"],
    ["ASIA3CDIJIAE6GTNPA7MZ", "none"],
  ])("%j is not %j", (shown, actual) => {
    expect(compareOutput(shown, actual, new Map())).toBeTypeOf("string");
  });
});

describe("a name on a page", () => {
  test("means the same in every block", () => {
    const names = new Map<string, string>();
    const shown = "ready at http://127.0.0.1:40123, token /run/user/1000/rolesanywhere-ts-kX3b1T/Demo.token";
    const actual = "ready at http://127.0.0.1:8080, token /tmp/x/rolesanywhere-ts-AAAAAA/Demo.token";
    expect(compareOutput(shown, actual, names)).toBeUndefined();
    expect(
      replaceNames("curl http://127.0.0.1:40123/ :401234 -T /run/user/1000/rolesanywhere-ts-kX3b1T/a", names),
    ).toBe("curl http://127.0.0.1:8080/ :401234 -T /tmp/x/rolesanywhere-ts-AAAAAA/a");
    expect(compareOutput("at http://127.0.0.1:40123", "at http://127.0.0.1:8080", names)).toBeUndefined();
    expect(compareOutput("at http://127.0.0.1:40123", "at http://127.0.0.1:8081", names)).toBeTypeOf("string");
  });
});
