import { describe, expect, it } from "vitest";
import { createPacing } from "../../../src/readers/scan/pacing.js";

/** A clock that stands still but while something sleeps. */
function createSleepingClock() {
  let nowMs = 0;
  return {
    now: () => nowMs,
    advance: (ms: number) => void (nowMs += ms),
    sleep: async (ms: number) => void (nowMs += ms),
  };
}

const { signal } = new AbortController();

describe("createPacing", () => {
  it("lets no more requests through than allowed, in order of arrival", async () => {
    const pacing = createPacing({ concurrency: 2, maxRcu: undefined, clock: createSleepingClock() });
    const entered: number[] = [];
    const enter = async (number: number) => {
      await pacing.enter(signal);
      entered.push(number);
    };
    const all = [1, 2, 3, 4].map(enter);
    await Promise.all(all.slice(0, 2));
    expect(entered).toEqual([1, 2]);
    pacing.leave("answered");
    await all[2];
    expect(entered).toEqual([1, 2, 3]);
    pacing.leave("failed");
    await all[3];
    expect(entered).toEqual([1, 2, 3, 4]);
  });

  it("halves on throttling, once a second at most, and grows back by one in two quiet seconds", async () => {
    const clock = createSleepingClock();
    const pacing = createPacing({ concurrency: 12, maxRcu: undefined, clock });
    const request = async (outcome: "answered" | "throttled") => {
      await pacing.enter(signal);
      pacing.leave(outcome);
    };
    clock.advance(1000);
    await request("throttled");
    await request("throttled");
    expect(pacing.limit).toBe(6);
    for (let second = 0; second < 5; second++) {
      clock.advance(1000);
      await request("throttled");
    }
    expect(pacing.limit).toBe(1);
    clock.advance(1999);
    await request("answered");
    expect(pacing.limit).toBe(1);
    clock.advance(1);
    await request("answered");
    expect(pacing.limit).toBe(2);
    for (let quiet = 0; quiet < 40; quiet++) {
      clock.advance(2000);
      await request("answered");
    }
    expect(pacing.limit).toBe(12);
  });

  it.each([
    [100, 128],
    [1000, 10],
    [50, 0.5],
  ])("spends %d units a second on average at %d a page", async (maxRcu, units) => {
    const clock = createSleepingClock();
    const pacing = createPacing({ concurrency: 1, maxRcu, clock });
    let spent = 0;
    for (let page = 0; page < 200; page++) {
      await pacing.enter(signal);
      pacing.leave("answered");
      pacing.spend(units);
      spent += units;
    }
    // One page is free at the start, one may be booked ahead, and one second's worth may have been saved.
    expect(spent).toBeLessThanOrEqual((maxRcu * clock.now()) / 1000 + 2 * Math.max(units, 128) + maxRcu);
    expect(clock.now()).toBeLessThanOrEqual(((spent + 128) / maxRcu) * 1000);
  });
});
