import { expect, it } from "vitest";
import { readDamaged } from "../../support/damaged-archives.js";
import { requireTools } from "../../support/tools.js";

it.skipIf(!requireTools("damaged archives against Python's readers", "python3"))(
  "400 damaged archives are refused, or read as Python reads them",
  async () => {
    const { wrong, faults, tried } = await readDamaged(400, 20);
    expect({ wrong, faults, tried }).toEqual({ wrong: [], faults: [], tried: 400 });
  },
);
