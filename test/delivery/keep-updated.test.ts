import { describe, expect, test } from "vitest";
import type { SessionCredentials } from "../../src/aws/credentials.js";
import { keepUpdated } from "../../src/delivery/keep-updated.js";
import { createManualClock } from "../support/manual-clock.js";

const minuteMs = 60_000;

function setUp(write: () => Promise<void> = async () => undefined) {
  const clock = createManualClock();
  const written: number[] = [];
  const failures: number[] = [];
  let vends = 0;
  const session = keepUpdated({
    clock,
    random: () => 0.5,
    vend: async (): Promise<SessionCredentials> => {
      vends++;
      return {
        accessKeyId: `ASIA${vends}`,
        secretAccessKey: "s",
        sessionToken: "t",
        expiration: new Date(clock.now() + 60 * minuteMs),
      };
    },
    write,
    onWritten: () => void written.push(clock.now()),
    onFailed: ({ retryAtMs }) => void failures.push(retryAtMs - clock.now()),
  });
  return { clock, session, written, failures, vends: () => vends };
}

describe("keepUpdated", () => {
  test("writes again well before readers would call the session old", async () => {
    const { clock, session, written } = setUp();
    await session.start();
    await clock.advance(3 * 60 * minuteMs);
    const gaps = written.slice(1).map((at, index) => (at - written[index]!) / minuteMs);
    expect(gaps.length).toBeGreaterThan(3);
    for (const gap of gaps) expect(gap).toBeLessThan(45);
    session.stop();
  });

  test("wakes within half a minute on a machine that slept through the end", async () => {
    const { clock, session, written } = setUp();
    await session.start();
    await clock.advance(minuteMs);
    clock.jump(8 * 60 * minuteMs);
    await clock.advance(30_000);
    expect(written).toHaveLength(2);
    session.stop();
  });

  test("tries a failed write again, with growing pauses and a new session", async () => {
    let failing = 4;
    const { clock, session, written, failures, vends } = setUp(async () => {
      if (failing-- > 0) throw new Error("disk full");
    });
    await expect(session.start()).rejects.toThrow("disk full");
    await clock.advance(2 * minuteMs);
    expect(failures).toHaveLength(4);
    expect([...failures].sort((a, b) => a - b)).toEqual(failures);
    expect({ written: written.length, vends: vends() }).toEqual({ written: 1, vends: 5 });
    session.stop();
  });
});
