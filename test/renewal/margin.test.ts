import { describe, expect, test } from "vitest";
import { parseMargin, planDue, planNext } from "../../src/renewal/margin.js";

const hourMs = 3_600_000;
const at = (hours: number) => new Date(Date.UTC(2026, 0, 1) + hours * hourMs);
const day = { notBefore: at(0), notAfter: at(24) };
const dueHour = (text: string, jitter = 0) =>
  (planDue(day, parseMargin(text, "--before"), jitter) - day.notBefore.getTime()) / hourMs;

describe("a certificate of a day is due", () => {
  test.each([
    ["1/3", 16],
    ["25%", 18],
    ["1/1", 0],
    ["6h", 18],
    ["90m", 22.5],
    ["1800s", 23.5],
  ])("with --before %s after %d hours", (text, hours) => {
    expect(dueHour(text)).toBeCloseTo(hours);
  });

  test("with a time longer than its life after a third, so that a new one is not due at once", () => {
    expect(dueHour("7d")).toBeCloseTo(8);
  });

  test("up to a tenth of the margin earlier, by chance", () => {
    expect(dueHour("1/3", 0.5)).toBeCloseTo(15.6);
    expect(dueHour("6h", 0.999_999)).toBeCloseTo(17.4);
  });
});

test("a certificate that is always due is looked at again after a third of its life", () => {
  expect(planNext(day, parseMargin("1/1", "--before"), 0.5)).toBe(at(8).getTime());
  expect(planNext(day, parseMargin("1/4", "--before"), 0)).toBe(at(18).getTime());
});

test.each(["", "0/3", "4/3", "1/0", "0%", "101%", "0d", "7", "7w", "-1d", "1/3 ", "١/٣"])("%j is refused", (text) => {
  expect(() => parseMargin(text, "--before")).toThrow(/^--before is .*, expected a share/);
});
