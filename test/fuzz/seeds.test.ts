import { describe, expect, it } from "vitest";
import { readSeeds, seededTargets } from "./seed-files.js";
import { faultOf, targets } from "./targets.js";

it("keeps seeds for every target", () => {
  expect([...seededTargets()].sort()).toEqual(Object.keys(targets).sort());
});

describe.each(Object.keys(targets))("%s", (name) => {
  it.each(readSeeds(name).map(({ note, bytes }) => [note, bytes] as const))("stands %s", async (_note, bytes) => {
    expect(await faultOf(targets[name]!, bytes)).toBeUndefined();
  });
});
