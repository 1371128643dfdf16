import { expect, it } from "vitest";
import { compareTarReaders } from "../../support/tar-differential.js";
import { requireTools } from "../../support/tools.js";

it.skipIf(!requireTools("tar archives held against Python's tarfile and GNU tar", "python3", "tar"))(
  "300 tar archives are read as Python's tarfile and GNU tar read them, or refused",
  async () => {
    const { wrong, tried, equal } = await compareTarReaders(300, 7);
    expect({ wrong, tried, equal: equal > 100 }).toEqual({ wrong: [], tried: 300, equal: true });
  },
);
