import { expect, test } from "vitest";
import { describeLife, expectGoodLife, liveLong } from "../support/long-life.js";

test.each([1, 2])(
  "24 hours with a thousand renewals, seed %i",
  async (seed) => {
    const report = await liveLong({ renewals: 1_000, hours: 24, seed });
    process.stdout.write(describeLife(report));
    expectGoodLife(report);
    expect(report.renewals).toBeGreaterThanOrEqual(1_000);
    expect(report.hours).toBeGreaterThanOrEqual(24);
  },
  1_800_000,
);
