import { expect, it } from "vitest";
import { formatComparison } from "../../src/request/comparison.js";

it("marks the first difference, its line and its column, and what follows", () => {
  const lines = formatComparison("GET\n/a%20b\n\nhost:h\nend", "GET\n/a%2520b\n\nhost:g").split("\n");
  expect(lines.map((line) => line.replaceAll(/ +/g, " "))).toEqual([
    " ours | theirs",
    " GET | GET",
    "> /a%20b | /a%2520b",
    " first difference: line 2, column 5",
    " |",
    "* host:h | host:g",
    "* end | (no line)",
    "",
  ]);
});

it("wraps long lines and keeps both sides beside each other", () => {
  const text = formatComparison("x".repeat(130), `${"x".repeat(129)}y`);
  expect(text).toContain(`> ${"x".repeat(58)} | ${"x".repeat(58)}\n`);
  expect(text).toContain(`  ${"x".repeat(14)}${" ".repeat(44)} | ${"x".repeat(13)}y\n`);
  expect(text).toContain("line 1, column 130");
});

it("says that equal requests are equal", () => {
  expect(formatComparison("a\nb", "a\nb")).toContain("no difference");
});
