import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFresh, isHeldOff, isInForce, planHoldOff, planLifetime } from "../../../src/vending/cache/lifetime.js";

const minute = 60_000;
const start = Date.UTC(2026, 0, 1);
const life = (minutes: number, jitter = 0) => planLifetime(start, start + minutes * minute, minutes * minute, jitter);
/** For how many minutes a new session of the length is served without renewal. */
const servedMinutes = (minutes: number, windowSeconds?: number, jitter = 0) => {
  const session = life(minutes, jitter);
  let served = 0;
  while (isFresh(session, windowSeconds, start + served * minute)) served++;
  return served;
};

describe("freshness", () => {
  it.each([
    [60, undefined, 0, 40],
    [60, undefined, 0.999, 36],
    [720, undefined, 0, 700],
    [30, undefined, 0, 20],
    [15, undefined, 0, 10],
    [60, 300, 0, 55],
    [60, 3500, 0, 20],
    [15, 1800, 0, 5],
    [60, 0, 0, 59],
  ])("of %i minutes with window %s and jitter %d serves for %i minutes", (minutes, window, jitter, expected) => {
    expect(servedMinutes(minutes, window, jitter)).toBe(expected);
  });

  // oxlint-disable-next-line vitest/expect-expect -- it stands within the property
  it("leaves botocore's 15 minutes to every session of an hour or more", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 720 }),
        fc.double({ min: 0, max: 0.9999, noNaN: true }),
        fc.integer({ min: 0, max: 720 * 60 }),
        (minutes, jitter, seconds) => {
          const session = life(minutes, jitter);
          const nowMs = start + seconds * 1000;
          fc.pre(isFresh(session, undefined, nowMs));
          expect(session.endMs - nowMs).toBeGreaterThan(20 * minute);
        },
      ),
    );
  });

  it("takes a clock that was set back as a reason to doubt", () => {
    expect(isFresh(life(60), undefined, start - 30_000)).toBe(true);
    expect(isFresh(life(60), undefined, start - 2 * minute)).toBe(false);
    expect(isInForce(life(60), start - 2 * minute)).toBe(false);
  });

  it("believes the length that was asked for, not an end that a slow clock makes look far", () => {
    const slow = planLifetime(start, start + 180 * minute, 60 * minute, 0);
    expect(isInForce(slow, start + 58 * minute)).toBe(true);
    expect(isInForce(slow, start + 60 * minute)).toBe(false);
  });

  it("finds a session that ended by a fast clock of no use", () => {
    expect(isFresh(planLifetime(start, start - minute, 60 * minute, 0), undefined, start)).toBe(false);
  });

  it("holds off for 7.5 s to 5 min, longer with each failure, and not across a clock that was set back", () => {
    const first = planHoldOff(undefined, start, 0);
    expect(first).toEqual({ untilMs: start + 7_500, attempts: 1 });
    let hold = first;
    for (let attempt = 0; attempt < 20; attempt++) hold = planHoldOff(hold, start, 0.999_999);
    expect(hold.untilMs - start).toBeLessThanOrEqual(5 * minute);
    expect(hold.untilMs - start).toBeGreaterThan(4.9 * minute);
    expect(isHeldOff(hold, start)).toBe(true);
    expect(isHeldOff(hold, hold.untilMs)).toBe(false);
    expect(isHeldOff(hold, start - 10 * minute)).toBe(false);
    expect(isHeldOff(undefined, start)).toBe(false);
  });
});
