import * as fc from "fast-check";
import { expect, it } from "vitest";
import { oneLine, printable } from "../src/printable.js";

it("shows what a terminal would obey as the escapes of JSON", () => {
  expect(printable("a\u001b[2J\u009b31m\u0007\u007f\r")).toBe("a\\u001b[2J\\u009b31m\\u0007\\u007f\\u000d");
});

it("shows direction overrides, invisible characters and lone surrogates", () => {
  expect(printable("\u202etxt.exe\u2066\u200b\u{e0041}\ud800")).toBe(
    "\\u202etxt.exe\\u2066\\u200b\\udb40\\udc41\\ud800",
  );
});

it("leaves line ends, tabs and letters of any language", () => {
  const text = "one\ttwo\nthree\r\nžluťoučký кінь 日本 🔑 é\u0301";
  expect(printable(text)).toBe(text);
});

it("puts a value on one line", () => {
  expect(oneLine("first \r\n\n  second\u2028third\tfourth\n")).toBe("first second third fourth ");
});

it("gives only text for any text, and the same when asked again", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printable(text)).not.toMatch(/(?!\r\n|[\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(printable(printable(text))).toBe(printable(text));
    }),
  );
});

it("leaves a line of JSON what it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text);
    }),
  );
});

it("takes no longer for a mebibyte of blanks than for one of letters", () => {
  const startedMs = performance.now();
  expect(oneLine(" ".repeat(2 ** 20))).toHaveLength(2 ** 20);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});
