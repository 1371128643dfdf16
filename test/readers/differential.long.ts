import { expect, it } from "vitest";
import { readDifferentially } from "../support/differential.js";

it.each([1, 2, 3, 4, 5])(
  "2,000 archives and CSV files of seed %i are read as zipfile, csv, pandas and pyarrow read them, or refused",
  { timeout: 600_000 },
  async (seed) => {
    const { wrong, faults, ...counts } = await readDifferentially(2_000, seed);
    process.stdout.write(`seed ${seed}: ${JSON.stringify(counts)}\n`);
    expect({ wrong, faults }).toEqual({ wrong: [], faults: [] });
  },
);
