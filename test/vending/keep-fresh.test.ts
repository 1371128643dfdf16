import { describe, expect, test } from "vitest";
import type { SessionCredentials } from "../../src/aws/credentials.js";
import { keepFresh } from "../../src/vending/keep-fresh.js";
import { createManualClock } from "../support/manual-clock.js";

const minute = 60_000;
const hour = 60 * minute;

/** A vend function that counts and can be told to fail or hang. */
function createVending(lifeMs = hour) {
  const clock = createManualClock();
  const state = { calls: 0, fault: undefined as Error | undefined, hang: false };
  const vend = async (): Promise<SessionCredentials> => {
    state.calls++;
    if (state.hang) await new Promise(() => undefined);
    if (state.fault !== undefined) throw state.fault;
    return {
      accessKeyId: `ASIA${state.calls}`,
      secretAccessKey: "secret",
      sessionToken: "token",
      expiration: new Date(clock.now() + lifeMs),
    };
  };
  return { clock, state, session: keepFresh({ vend, clock, random: () => 0.5 }) };
}

describe("keepFresh", () => {
  test("makes one session for any number of readers at once", async () => {
    const { session, state } = createVending();
    const answers = await Promise.all(Array.from({ length: 500 }, () => session.get()));
    expect(new Set(answers.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(["ASIA1"]));
    expect(state.calls).toBe(1);
  });

  test("renews an hour's session between 25 and 20 minutes before its end, without a reader", async () => {
    const { session, state, clock } = createVending();
    await session.start();
    await clock.advance(35 * minute);
    expect(state.calls).toBe(1);
    await clock.advance(5 * minute);
    expect(state.calls).toBe(2);
    expect((await session.get()).accessKeyId).toBe("ASIA2");
    session.stop();
    expect(clock.pending).toBe(0);
  });

  test("serves the last good session while renewal fails, then the failure", async () => {
    const { session, state, clock } = createVending();
    await session.start();
    state.fault = new Error("AWS is down");
    await clock.advance(59 * minute);
    expect((await session.get()).accessKeyId).toBe("ASIA1");
    expect(session.lastFailure()?.attempts).toBeGreaterThan(10);
    await clock.advance(minute);
    await expect(session.get()).rejects.toThrow("AWS is down");
    expect(session.current()).toBeUndefined();
    state.fault = undefined;
    await clock.advance(minute);
    expect((await session.get()).accessKeyId).toMatch(/^ASIA/);
    expect(session.lastFailure()).toBeUndefined();
    session.stop();
  });

  test("backs off to one call a minute from a service in trouble, however many readers ask", async () => {
    const { session, state, clock } = createVending();
    state.fault = new Error("AWS is down");
    await expect(session.start()).rejects.toThrow("AWS is down");
    for (let second = 0; second < 3600; second += 5) {
      await expect(session.get()).rejects.toThrow("AWS is down");
      await clock.advance(5000);
    }
    expect(state.calls).toBeLessThan(90);
    session.stop();
  });

  test("asks again within a minute when it is given the session that it holds, as a cache does while AWS is away", async () => {
    const clock = createManualClock();
    const expiration = new Date(clock.now() + hour);
    const kept = { accessKeyId: "ASIAKEPT", secretAccessKey: "secret", sessionToken: "token", expiration };
    let calls = 0;
    const vend = async (): Promise<SessionCredentials> => (calls++, kept);
    const session = keepFresh({ vend, clock, random: () => 0.5 });
    await session.start();
    await clock.advance(37 * minute);
    expect(calls).toBe(1);
    await clock.advance(20 * minute);
    expect(calls).toBeGreaterThanOrEqual(20);
    expect(calls).toBeLessThan(40);
    session.stop();
  });

  test.each([
    [hour, 2000],
    [minute, 2000],
    [2000, 100],
  ])("gives a session of %i ms no longer than to %i ms before its end", async (lifeMs, marginMs) => {
    const { session, state, clock } = createVending(lifeMs);
    await session.get();
    state.fault = new Error("AWS is down");
    await clock.advance(lifeMs - marginMs - 1);
    expect(session.current()).toBeDefined();
    await clock.advance(1);
    expect(session.current()).toBeUndefined();
    await expect(session.get()).rejects.toThrow("AWS is down");
  });

  test("goes on trying after a failed start, until stopped", async () => {
    const { session, state, clock } = createVending();
    state.fault = new Error("not yet");
    await expect(session.start()).rejects.toThrow("not yet");
    state.fault = undefined;
    await clock.advance(2000);
    expect(session.current()?.credentials.accessKeyId).toBe("ASIA2");
    session.stop();
  });

  test("gives up a vend that hangs, and tries again", async () => {
    const { session, state, clock } = createVending();
    await session.start();
    state.hang = true;
    await clock.advance(40 * minute);
    expect((await session.get()).accessKeyId).toBe("ASIA1");
    expect(String(session.lastFailure()?.error)).toContain("no session after 60 s");
    state.hang = false;
    await clock.advance(2 * minute);
    expect(session.lastFailure()).toBeUndefined();
    session.stop();
  });

  test("renews within half a minute of waking from a long sleep", async () => {
    const { session, state, clock } = createVending();
    await session.start();
    clock.jump(8 * hour);
    expect(session.current()).toBeUndefined();
    await clock.advance(30_000);
    expect(state.calls).toBe(2);
    expect(session.current()?.credentials.accessKeyId).toBe("ASIA2");
    session.stop();
  });

  test("renews when the clock was set back, since the plan was made by the wrong time", async () => {
    const { session, state, clock } = createVending();
    await session.start();
    clock.jump(-2 * hour);
    await clock.advance(30_000);
    expect(state.calls).toBe(2);
    session.stop();
  });

  test("renews on demand without a background, while answering from memory", async () => {
    const { session, state, clock } = createVending();
    await session.get();
    expect(clock.pending).toBe(0);
    await clock.advance(45 * minute);
    expect((await session.get()).accessKeyId).toBe("ASIA1");
    await clock.advance(1);
    expect((await session.get()).accessKeyId).toBe("ASIA2");
    expect(state.calls).toBe(2);
  });

  test("refreshes without a caller that waits, once and only when due", async () => {
    const { session, state, clock } = createVending();
    await session.get();
    session.refreshIfDue();
    expect(state.calls).toBe(1);
    await clock.advance(41 * minute);
    state.fault = new Error("AWS is down");
    session.refreshIfDue();
    session.refreshIfDue();
    expect(state.calls).toBe(2);
    expect(session.current()?.credentials.accessKeyId).toBe("ASIA1");
  });

  test("refuses a session that ended before it arrived", async () => {
    const { session } = createVending(-hour);
    await expect(session.get()).rejects.toThrow("already ended");
  });
});
