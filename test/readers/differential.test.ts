import { expect, it } from "vitest";
import { readDifferentially } from "../support/differential.js";
import { requireTools } from "../support/tools.js";

it.skipIf(!requireTools("CSV and ZIP held against Python's readers", "pandas", "pyarrow"))(
  "500 archives and CSV files are read as zipfile, csv, pandas and pyarrow read them, or refused",
  async () => {
    const { wrong, faults, tried } = await readDifferentially(500, 20);
    expect({ wrong, faults, tried }).toEqual({ wrong: [], faults: [], tried: 500 });
  },
);
