import { expect, test } from "vitest";
import { describeLife, expectGoodLife, liveLong } from "../support/long-life.js";

const day = { renewals: 1_000, hours: 24, seed: 1, hopping: false };

test.each([
  { life: "24 hours on sessions of two minutes", ...day },
  { life: "24 hours again, otherwise", ...day, seed: 2 },
  { life: "a week on a hop and the cache", ...day, hours: 168, hopping: true },
])(
  "$life, with a thousand renewals",
  async (request) => {
    const report = await liveLong(request);
    process.stdout.write(`${request.life}: ${describeLife(report)}`);
    expectGoodLife(report);
    expect(report.renewals).toBeGreaterThanOrEqual(request.renewals);
    expect(report.hours).toBeGreaterThanOrEqual(request.hours);
  },
  1_800_000,
);
