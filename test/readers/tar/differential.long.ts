import { expect, it } from "vitest";
import { compareTarReaders } from "../../support/tar-differential.js";

it.each([1, 2, 3, 4, 5])(
  "2,000 tar archives of seed %i are read as Python's tarfile and GNU tar read them, or refused",
  { timeout: 600_000 },
  async (seed) => {
    const { wrong, ...counts } = await compareTarReaders(2_000, seed);
    process.stdout.write(`seed ${seed}: ${JSON.stringify(counts)}\n`);
    expect({ wrong }).toEqual({ wrong: [] });
  },
);
