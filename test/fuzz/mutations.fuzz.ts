import { describe, expect, it } from "vitest";
import { createRandom, mutate } from "./mutate.js";
import { readSeeds } from "./seed-files.js";
import { faultOf, targets } from "./targets.js";

// FUZZ_SECONDS a target (default 10) and FUZZ_SEED to repeat a run.
const seconds = Number(process.env["FUZZ_SECONDS"] ?? 10);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000_000);

describe.each(Object.keys(targets))("%s", (name) => {
  it(`stands ${seconds} s of mutations (FUZZ_SEED=${seed})`, { timeout: (seconds + 60) * 1000 }, async () => {
    const random = createRandom(seed);
    const seeds = readSeeds(name).map(({ bytes }) => bytes);
    const endMs = performance.now() + seconds * 1000;
    let rounds = 0;
    let found: { fault: string; base64: string; text: string } | undefined;
    while (found === undefined && performance.now() < endMs) {
      const bytes = mutate(seeds[random(seeds.length)]!, random, seeds[random(seeds.length)]!);
      const fault = await faultOf(targets[name]!, bytes);
      if (fault !== undefined)
        found = { fault, base64: bytes.toString("base64"), text: JSON.stringify(bytes.toString("utf8")) };
      rounds++;
    }
    console.log(`${name}: ${rounds} inputs`);
    expect(found).toBeUndefined();
  });
});
