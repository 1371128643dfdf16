import { describe, expect, test } from "vitest";
import { NetworkError } from "../../src/errors.js";
import { keepRenewed } from "../../src/renewal/keep-renewed.js";
import type { RenewalFault } from "../../src/renewal/keep-renewed.js";
import type { RenewalResult } from "../../src/renewal/renew.js";
import { createManualClock } from "../support/manual-clock.js";

const minuteMs = 60_000;
const away = new NetworkError("ERR_CONNECTION", "away");

/** A loop over a certificate with this much time left, whose authority answers as told. */
function createLoop({ leftMs = 60 * minuteMs, nextMs = 30 * minuteMs } = {}) {
  const clock = createManualClock();
  const startMs = clock.now();
  const calls: number[] = [];
  const jitters: number[] = [];
  const faults: RenewalFault[] = [];
  let answer: () => RenewalResult = () => ({ kind: "fresh", endMs: startMs + leftMs, nextMs: clock.now() + nextMs });
  const loop = keepRenewed({
    renew: async (jitter) => {
      calls.push(Math.round((clock.now() - startMs) / 1000));
      jitters.push(jitter);
      return answer();
    },
    clock,
    random: () => 0.5,
    onResult: () => undefined,
    onFailed: (fault) => void faults.push(fault),
  });
  return {
    loop,
    clock,
    startMs,
    calls,
    jitters,
    faults,
    answerWith: (next: () => RenewalResult) => {
      answer = next;
    },
  };
}

describe("a kept certificate", () => {
  test("is looked at when it is due, with the same jitter", async () => {
    const { loop, clock, calls, jitters } = createLoop();
    await loop.start();
    await clock.advance(29 * minuteMs);
    expect(calls).toEqual([0]);
    await clock.advance(2 * minuteMs);
    expect(calls.slice(0, 2)).toEqual([0, 1800]);
    expect(new Set(jitters)).toEqual(new Set([0.5]));
    loop.stop();
  });

  test("is looked at within a minute after a machine slept", async () => {
    const { loop, clock, calls } = createLoop();
    await loop.start();
    clock.jump(40 * minuteMs);
    await clock.advance(minuteMs);
    expect(calls).toHaveLength(2);
    loop.stop();
  });

  test("is tried again after growing pauses while the authority is away, sooner when the end is near", async () => {
    const { loop, clock, faults, startMs, answerWith } = createLoop({ leftMs: 24 * 60 * minuteMs, nextMs: 0 });
    await loop.start();
    answerWith(() => {
      throw away;
    });
    await clock.advance(60 * minuteMs);
    const pauses = faults.map(({ retryAtMs }, index) =>
      Math.round((retryAtMs - (faults[index - 1]?.retryAtMs ?? startMs)) / 1000),
    );
    // Of each pause the second half is chance.
    expect(pauses.slice(0, 8)).toEqual([5, 8, 15, 30, 60, 120, 240, 450]);
    expect(pauses.slice(8).every((pause) => pause === 450)).toBe(true);
    expect(faults.map(({ attempts }) => attempts).slice(0, 3)).toEqual([1, 2, 3]);
    loop.stop();

    const near = createLoop({ leftMs: 8 * minuteMs, nextMs: 0 });
    await near.loop.start();
    near.answerWith(() => {
      throw away;
    });
    await near.clock.advance(7 * minuteMs);
    expect(
      Math.max(
        ...near.faults.map(({ retryAtMs }, index) => retryAtMs - (near.faults[index - 1]?.retryAtMs ?? near.startMs)),
      ),
    ).toBeLessThanOrEqual(minuteMs);
    near.loop.stop();
  });

  test("goes on after a first attempt that failed, and rejects with its error", async () => {
    const { loop, clock, calls, answerWith, startMs } = createLoop();
    answerWith(() => {
      throw away;
    });
    await expect(loop.start()).rejects.toBe(away);
    answerWith(() => ({
      kind: "renewed",
      endMs: startMs + 60 * minuteMs,
      nextMs: startMs + 40 * minuteMs,
      previous: [],
    }));
    await clock.advance(minuteMs);
    expect(calls).toEqual([0, 4]);
    await clock.advance(39 * minuteMs);
    expect(calls).toHaveLength(3);
    loop.stop();
  });

  test("is not asked for without a pause by an authority that says so", async () => {
    const { loop, clock, calls } = createLoop({ nextMs: -minuteMs });
    await loop.start();
    await clock.advance(3_500);
    expect(calls).toEqual([0, 1, 2, 3]);
    loop.stop();
  });

  test("is left alone after stop", async () => {
    const { loop, clock, calls } = createLoop();
    await loop.start();
    loop.stop();
    await clock.advance(120 * minuteMs);
    expect(calls).toEqual([0]);
    expect(clock.pending).toBe(0);
  });
});
