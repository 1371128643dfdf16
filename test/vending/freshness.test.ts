import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isHeldOff,
  judge,
  judgeKept,
  planHoldOff,
  planLifetime,
  planRenewal,
  planWait,
} from "../../src/vending/freshness.js";
import type { Lifetime } from "../../src/vending/freshness.js";

const minute = 60_000;
const start = Date.UTC(2026, 0, 1);
const life = (minutes: number, jitter = 0) => planLifetime(start, start + minutes * minute, minutes * minute, jitter);
const isFresh = (session: Lifetime, windowSeconds: number | undefined, nowMs: number) =>
  judgeKept(session, windowSeconds, nowMs).fresh;
const isInForce = (session: Lifetime, nowMs: number) => judgeKept(session, undefined, nowMs).usable;
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
    expect(isHeldOff(hold.untilMs, start)).toBe(true);
    expect(isHeldOff(hold.untilMs, hold.untilMs)).toBe(false);
    expect(isHeldOff(hold.untilMs, start - 10 * minute)).toBe(false);
  });

  it.each([
    ["fresh", 10, false, { usable: true, fresh: true, due: false }],
    ["within its window", 45, false, { usable: true, fresh: false, due: true }],
    ["within its window and held off", 45, true, { usable: true, fresh: false, due: false }],
    ["in its last minute and held off", 59.5, true, { usable: false, fresh: false, due: true }],
    ["over", 61, false, { usable: false, fresh: false, due: true }],
  ])("a session that is %s is judged so", (_, minutes, held, expected) => {
    const nowMs = start + minutes * minute;
    const holdOff = held ? { untilMs: nowMs + 1, attempts: 1 } : undefined;
    expect(judgeKept({ ...life(60), holdOff }, undefined, nowMs)).toEqual(expected);
  });

  it("wants a new session that is not usable, even where renewals wait", () => {
    expect(judge(0, 10, 5, 4, false)).toEqual({ usable: true, fresh: true, due: false });
    expect(judge(0, 10, 5, 5, true)).toEqual({ usable: true, fresh: false, due: false });
    expect(judge(0, 10, 5, 10, true)).toEqual({ usable: false, fresh: false, due: true });
    expect(judge(0, 10, 5, -1, false)).toEqual({ usable: false, fresh: false, due: true });
  });
});

describe("planRenewal", () => {
  it("falls in the session's second half, before its end, and before readers ask again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 900, max: 43_200 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (lifeSeconds, jitter) => {
          const endMs = lifeSeconds * 1000;
          const leftMs = endMs - planRenewal({ obtainedMs: 0, endMs, jitter });
          expect(leftMs).toBeGreaterThanOrEqual(Math.min(20 * minute, endMs / 3) - 1);
          expect(leftMs).toBeLessThanOrEqual(endMs / 2);
        },
      ),
    );
  });
});

describe("planWait", () => {
  it("stays between half of the first delay and the longest", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempts, random) => {
          const delayMs = planWait(attempts, random, { firstMs: 1_000, maxMs: minute });
          expect(delayMs).toBeGreaterThanOrEqual(500);
          expect(delayMs).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});

describe("the wait after failures", () => {
  const pace = { firstMs: 1, maxMs: 10 ** 9 };

  it.each([
    [1, 0, 0.5],
    [1, 1, 1],
    [2, 0.5, 1.5],
    [5, 1, 16],
    [17, 1, 2 ** 16],
    [18, 1, 2 ** 16],
    [2000, 1, 2 ** 16],
  ])("number %i with chance %d is %d ms", (attempts, random, expected) => {
    expect(planWait(attempts, random, pace)).toBe(expected);
  });

  it("has a ceiling", () => {
    expect(planWait(9, 1, { firstMs: 1, maxMs: 100 })).toBe(100);
  });
});
