import { describe, expect, it } from "vitest";
import {
  findClockSkew,
  readRetryAfter,
  requestRetryPolicy,
  retry,
  retryPolicies,
} from "../../../src/aws/http/retry.js";
import type { Failure, Outcome, RetryContext, RetryPolicy } from "../../../src/aws/http/retry.js";

/** Attempts that fail as told, and the waits between them; the last failure goes on for ever. */
async function run(
  policy: RetryPolicy,
  failures: readonly Failure[],
  { random = 0.5, attemptMs = 0, ...more }: { random?: number; attemptMs?: number; deadlineMs?: number } = {},
) {
  let nowMs = 1_000;
  const waits: number[] = [];
  const numbers: number[] = [];
  const retried: string[] = [];
  const context: RetryContext = {
    now: () => nowMs,
    random: () => random,
    sleep: async (ms) => {
      waits.push(ms);
      nowMs += ms;
    },
    onRetry: (_, { kind }) => void retried.push(kind),
    ...more,
  };
  const end = await retry<string>(
    policy,
    async (number): Promise<Outcome<string>> => {
      numbers.push(number);
      nowMs += attemptMs;
      if (number > 400) throw new Error("it never gives up");
      const failure = failures[Math.min(number, failures.length) - 1];
      return failure === undefined ? { value: "done" } : { failure, giveUp: () => "given up" };
    },
    context,
  );
  return { end, waits, attempts: numbers.length, numbers, retried };
}

const failing = (kind: Failure["kind"], more: Partial<Failure> = {}): readonly Failure[] => [{ kind, ...more }];

describe("the number of attempts", () => {
  it.each([
    ["session", "unreachable", 3],
    ["session", "transient", 3],
    ["session", "throttled", 3],
    ["session", "credentials", 1],
    ["session", "skewed", 2],
    ["session", "final", 1],
    ["s3", "unreachable", 3],
    ["s3", "transient", 8],
    ["s3", "throttled", 8],
    ["s3", "credentials", 3],
    ["s3", "skewed", 2],
    ["s3", "final", 1],
    ["dynamodb", "unreachable", 4],
    ["dynamodb", "credentials", 6],
    ["dynamodb", "skewed", 2],
    ["dynamodb", "final", 1],
  ] as const)("of %s after a failure that is %s is %i", async (policy, kind, attempts) => {
    expect(await run(retryPolicies[policy], failing(kind))).toMatchObject({ end: "given up", attempts });
  });

  it.each([0, 2])("of request is one more than its %i retries", async (retries) => {
    for (const kind of ["unreachable", "transient", "throttled"] as const)
      expect((await run(requestRetryPolicy(retries), failing(kind))).attempts).toBe(retries + 1);
    expect((await run(requestRetryPolicy(retries), failing("credentials"))).attempts).toBe(1);
    expect((await run(requestRetryPolicy(retries), failing("skewed"))).attempts).toBe(2);
  });

  it("is told to each attempt, from 1", async () => {
    expect((await run(retryPolicies.session, failing("transient"))).numbers).toEqual([1, 2, 3]);
  });

  it("counts skew and credentials apart from other failures", async () => {
    const mixed = await run(retryPolicies.s3, [
      { kind: "transient" },
      { kind: "skewed" },
      { kind: "credentials" },
      { kind: "transient" },
      { kind: "credentials" },
      { kind: "skewed" },
    ]);
    expect(mixed).toMatchObject({ end: "given up", attempts: 6 });
  });

  it("begins anew after an attempt that brought something", async () => {
    const first = Array.from({ length: 2 }, (): Failure => ({ kind: "unreachable" }));
    const halted = await run(retryPolicies.s3, [...first, { kind: "unreachable", progressed: true }, ...first]);
    expect(halted).toMatchObject({ end: "given up", attempts: 5 });
  });

  it("ends with the value of the attempt that succeeds, without a further one", async () => {
    let calls = 0;
    const value = await retry(retryPolicies.session, async () => ({ value: ++calls }), {
      now: () => 0,
      random: () => 0,
      sleep: async () => undefined,
    });
    expect([value, calls]).toEqual([1, 1]);
  });

  it("of a scan goes on for a minute of server errors and for five of throttling", async () => {
    const span = ({ waits }: { readonly waits: readonly number[] }) => waits.reduce((sum, ms) => sum + ms, 0);
    const transient = span(await run(retryPolicies.dynamodb, failing("transient"), { random: 0.99 }));
    expect(transient).toBeGreaterThan(60_000);
    expect(transient).toBeLessThan(66_000);
    const throttled = span(await run(retryPolicies.dynamodb, failing("throttled"), { random: 0.99 }));
    expect(throttled).toBeGreaterThan(300_000);
    expect(throttled).toBeLessThan(321_000);
  });
});

describe("the wait before a repetition", () => {
  it("doubles from the base to the ceiling, and chance takes a share of it", async () => {
    const longest = (await run(retryPolicies.s3, failing("transient"), { random: 1 })).waits;
    expect(longest).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 8_000]);
    const half = (await run(retryPolicies.s3, failing("transient"), { random: 0.5 })).waits;
    expect(half).toEqual(longest.map((ms) => ms / 2));
  });

  it("has full jitter: machines that failed together do not come back together", async () => {
    for (const policy of Object.values(retryPolicies)) {
      const waits = await Promise.all(
        [0.1, 0.35, 0.6, 0.85].map(async (random) => (await run(policy, failing("unreachable"), { random })).waits[0]),
      );
      const longest = policy.baseMs.other;
      expect(waits.map((ms) => (ms ?? 0) / longest)).toEqual(
        [0.1, 0.35, 0.6, 0.85].map((share) => expect.closeTo(share, 9)),
      );
    }
  });

  it("of request is at least half of the longest", async () => {
    const [policy, failures] = [requestRetryPolicy(8), failing("transient")];
    expect((await run(policy, failures, { random: 0 })).waits).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect((await run(policy, failures, { random: 1 })).waits.slice(-3)).toEqual([32_000, 60_000, 60_000]);
  });

  it("is longer for throttling", async () => {
    expect((await run(retryPolicies.session, failing("throttled"), { random: 1 })).waits).toEqual([1_000, 2_000]);
    expect((await run(retryPolicies.session, failing("transient"), { random: 1 })).waits).toEqual([100, 200]);
  });

  it("is what the service asks for, up to the ceiling", async () => {
    expect((await run(retryPolicies.session, failing("throttled", { retryAfterMs: 1_234 }))).waits).toEqual([
      1_234, 1_234,
    ]);
    expect((await run(retryPolicies.session, failing("transient", { retryAfterMs: 86_400_000 }))).waits).toEqual([
      20_000, 20_000,
    ]);
    expect((await run(retryPolicies.session, failing("transient", { retryAfterMs: 0 }))).waits).toEqual([]);
  });

  it("is none after a clock that was off", async () => {
    expect((await run(retryPolicies.session, failing("skewed"))).waits).toEqual([]);
  });

  it("does not reach past the deadline", async () => {
    const late = await run(retryPolicies.session, failing("transient"), { random: 1, deadlineMs: 1_100 });
    expect(late).toMatchObject({ end: "given up", attempts: 1, waits: [] });
    const enough = await run(retryPolicies.session, failing("transient"), { random: 1, deadlineMs: 1_101 });
    expect(enough).toMatchObject({ attempts: 2, waits: [100] });
  });

  it("comes after the failed attempt has let go of what it held, and is told", async () => {
    let abandoned = 0;
    const failure: Failure = { kind: "transient", abandon: () => void abandoned++ };
    const { retried } = await run(retryPolicies.session, [failure]);
    expect(abandoned).toBe(2);
    expect(retried).toEqual(["transient", "transient"]);
  });
});

describe("Retry-After", () => {
  const now = new Date("2026-01-01T00:00:00Z");
  it.each([
    [{ "x-amz-retry-after": "1500" }, 1_500],
    [{ "x-amz-retry-after": "1500", "retry-after": "9" }, 1_500],
    [{ "x-amz-retry-after": "0" }, 0],
    [{ "x-amz-retry-after": "soon", "retry-after": "9" }, 9_000],
    [{ "x-amz-retry-after": "-5", "retry-after": "9" }, 9_000],
    [{ "retry-after": "3" }, 3_000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:07 GMT" }, 7_000],
    [{ "retry-after": "Wed, 31 Dec 2025 23:00:00 GMT" }, 0],
    [{ "retry-after": "in a while" }, undefined],
    [{}, undefined],
  ])("of %j is %s ms", (headers: Readonly<Record<string, string>>, expected) => {
    expect(readRetryAfter((name) => headers[name], now)).toBe(expected);
  });
});

describe("the skew of a clock", () => {
  const now = new Date("2026-01-01T12:00:00Z");
  const dateAt = (minutes: number) => new Date(now.getTime() + minutes * 60_000).toUTCString();

  it.each([5, 6, 7, 8, 9, 14, 600])("is found when the server is %i minutes ahead or behind", (minutes) => {
    expect(findClockSkew(dateAt(minutes), now)).toBe(minutes * 60_000);
    expect(findClockSkew(dateAt(-minutes), now)).toBe(-minutes * 60_000);
  });

  it.each([0, 1, 3, 4])("of %i minutes explains no refusal", (minutes) => {
    expect(findClockSkew(dateAt(minutes), now)).toBeUndefined();
    expect(findClockSkew(dateAt(-minutes), now)).toBeUndefined();
  });

  it("is unknown without a date", () => {
    expect(findClockSkew(undefined, now)).toBeUndefined();
    expect(findClockSkew("yesterday", now)).toBeUndefined();
  });
});
