import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { planLifetime, planRenewal } from "../../src/vending/freshness.js";

const page = readFileSync(new URL("../../docs/cache.md", import.meta.url), "utf8");
const rows = [...page.matchAll(/^\| (\d+) s[^|]*\| (\d+) min \| ([\d.]+) \| ([\d,]+) \|$/gm)].map(([, ...cells]) =>
  cells.map((cell) => Number(cell.replaceAll(",", ""))),
);

test("docs/cache.md tells the renewals that the cache plans", () => {
  expect(rows.map(([seconds]) => seconds)).toEqual([900, 3600, 43_200]);
  for (const [seconds = 0, minutes = 0, callsOfThousand = 0, machinesAtTen = 0] of rows) {
    const renewed = renewedAfterSeconds(seconds);
    expect(minutes).toBe(Math.round(renewed / 60));
    expect(callsOfThousand).toBe(Number((1_000 / renewed).toPrecision(2)));
    expect(machinesAtTen).toBe(Number((10 * renewed).toPrecision(2)));
  }
});

/** The first second at which a session of that length is due for renewal, by the mean of the spread. */
function renewedAfterSeconds(seconds: number): number {
  const life = planLifetime(0, seconds * 1000, seconds * 1000, 0.5);
  return Math.ceil(planRenewal(life) / 1000);
}
