import { expect, test } from "vitest";
import { expectGoodLife, liveLong } from "../support/long-life.js";

// `npm run long-life` goes on to 24 hours and a thousand renewals.
test("a client of the SDK never signs with an expired credential while CreateSession fails at random", async () => {
  const report = await liveLong({ renewals: 100, hours: 0, seed: 1 });
  expectGoodLife(report);
  expect(report.renewals).toBeGreaterThanOrEqual(100);
}, 240_000);
