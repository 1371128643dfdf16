import { expect, it } from "vitest";
import { findPackageGrowth } from "../../scripts/package-growth.mjs";

it("a package that grows by more than 2 % needs a record of it", () => {
  const recorded = { download: 1_000, installed: 5_000 };
  expect(findPackageGrowth({ download: 1_020, installed: 5_100 }, recorded)).toEqual([]);
  expect(findPackageGrowth({ download: 900, installed: 5_101 }, recorded)).toEqual([
    expect.stringMatching(/^installed: 5101 bytes are 2\.0 % more than the 5000 on record/),
  ]);
});
