import { expect, it } from "vitest";
import { readDamaged } from "../../support/damaged-archives.js";

it.each([1, 2, 3, 4, 5])(
  "2,000 damaged archives of seed %i are refused, or read as Python reads them",
  { timeout: 600_000 },
  async (seed) => {
    const { wrong, faults, ...counts } = await readDamaged(2_000, seed);
    process.stdout.write(`seed ${seed}: ${JSON.stringify(counts)}\n`);
    expect({ wrong, faults }).toEqual({ wrong: [], faults: [] });
  },
);
