/** Why an attempt failed; determines what a retry can change. */
export type FailureKind = "unreachable" | "transient" | "throttled" | "credentials" | "skewed" | "final";

export interface Failure {
  readonly kind: FailureKind;
  /** The wait that the service requests, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Whether the attempt made progress before it failed: consecutive failures are then counted anew. */
  readonly progressed?: boolean | undefined;
  /** For messages. */
  readonly reason?: string | undefined;
  /** Called before another attempt, to release what this one holds. */
  readonly abandon?: (() => void) | undefined;
}

interface Limit {
  /** Number of consecutive failures after which to give up. */
  readonly attempts: number;
  /** Minimum time to continue, in milliseconds, whatever the number of attempts. */
  readonly failingMs?: number;
}

export interface RetryPolicy {
  readonly limits: Readonly<Record<Exclude<FailureKind, "final">, Limit>>;
  /** Milliseconds before the first retry, doubled for each further one up to `ceilingMs`. */
  readonly baseMs: { readonly throttled: number; readonly other: number };
  readonly ceilingMs: { readonly throttled: number; readonly other: number };
  /** The minimum wait as a share of the maximum: 0 for full jitter. */
  readonly steadyShare: number;
  /** Limit for `Retry-After`, in milliseconds. */
  readonly retryAfterCeilingMs: number;
}

const once = { attempts: 2 } as const;
const quick = { throttled: 1_000, other: 100 } as const;

/** The retry policy of each service. */
export const retryPolicies = {
  /** For CreateSession and STS, whose callers wait at most a minute. */
  session: {
    limits: {
      unreachable: { attempts: 3 },
      transient: { attempts: 3 },
      throttled: { attempts: 3 },
      credentials: { attempts: 1 },
      skewed: once,
    },
    baseMs: quick,
    ceilingMs: { throttled: 20_000, other: 20_000 },
    steadyShare: 0,
    retryAfterCeilingMs: 20_000,
  },
  /** For a range of an object. Received data is kept, so it continues while any data arrives. */
  s3: {
    limits: {
      unreachable: { attempts: 3 },
      transient: { attempts: 8 },
      throttled: { attempts: 8 },
      credentials: { attempts: 3 },
      skewed: once,
    },
    baseMs: { throttled: 200, other: 200 },
    ceilingMs: { throttled: 8_000, other: 8_000 },
    steadyShare: 0,
    retryAfterCeilingMs: 20_000,
  },
  /**
   * For a page of a scan that may have run for hours. Before the first response, a mistake is likelier than an outage.
   */
  dynamodb: {
    limits: {
      unreachable: { attempts: 4 },
      transient: { attempts: 10, failingMs: 60_000 },
      throttled: { attempts: 1, failingMs: 300_000 },
      // A source that refreshes in the background returns the old credentials a few more times.
      credentials: { attempts: 6 },
      skewed: once,
    },
    baseMs: { throttled: 100, other: 100 },
    ceilingMs: { throttled: 20_000, other: 5_000 },
    steadyShare: 0,
    retryAfterCeilingMs: 20_000,
  },
} as const satisfies Record<string, RetryPolicy>;

/**
 * Returns the policy for `request`, whose caller sets the number of retries.
 *
 * @param delayMs The wait before each retry; undefined for exponential backoff.
 */
export function requestRetryPolicy(retries: number, delayMs?: number): RetryPolicy {
  const limit = { attempts: retries + 1 };
  return {
    limits: {
      unreachable: limit,
      transient: limit,
      throttled: limit,
      credentials: { attempts: 1 },
      skewed: once,
    },
    baseMs: { throttled: delayMs ?? 1_000, other: delayMs ?? 1_000 },
    ceilingMs: { throttled: delayMs ?? 60_000, other: delayMs ?? 60_000 },
    steadyShare: delayMs === undefined ? 0.5 : 1,
    retryAfterCeilingMs: 60_000,
  };
}

/** The result of one attempt: a value, or a failure and how to end if there is no further attempt. */
export type Outcome<T> = { readonly value: T } | { readonly failure: Failure; readonly giveUp: () => T };

/** Ends with an error if the last attempt failed. */
export function rethrow(error: unknown): () => never {
  return () => {
    throw error;
  };
}

/** Clock and random numbers as arguments, so that tests can control them. */
export interface RetryContext {
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** No attempt starts after this time of `now`. */
  readonly deadlineMs?: number | undefined;
  readonly onRetry?: ((delayMs: number, failure: Failure) => void) | undefined;
}

/**
 * Retries with backoff until an attempt succeeds.
 *
 * @param attempt Gets its number, from 1.
 */
export async function retry<T>(
  policy: RetryPolicy,
  attempt: (number: number) => Promise<Outcome<T>>,
  context: RetryContext,
): Promise<T> {
  let failures = 0;
  let sinceMs = context.now();
  const ofKind = { credentials: 0, skewed: 0 };
  for (let number = 1; ; number++) {
    const outcome = await attempt(number);
    if ("value" in outcome) return outcome.value;
    const { failure, giveUp } = outcome;
    const { kind } = failure;
    if (kind === "final") return giveUp();
    if (failure.progressed === true) {
      failures = 0;
      sinceMs = context.now();
    }
    // A corrected clock or new credentials are counted separately from other failures.
    const count = kind === "credentials" || kind === "skewed" ? ++ofKind[kind] : ++failures;
    const { attempts, failingMs = 0 }: Limit = policy.limits[kind];
    if (count >= attempts && context.now() - sinceMs >= failingMs) return giveUp();
    const delayMs = kind === "skewed" ? 0 : delayBefore(count, failure, policy, context.random());
    if (context.deadlineMs !== undefined && context.now() + delayMs >= context.deadlineMs) return giveUp();
    failure.abandon?.();
    context.onRetry?.(delayMs, failure);
    if (delayMs > 0) await context.sleep(delayMs);
  }
}

function delayBefore(count: number, { kind, retryAfterMs }: Failure, policy: RetryPolicy, chance: number): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, policy.retryAfterCeilingMs);
  const pace = kind === "throttled" ? "throttled" : "other";
  const maxMs = Math.min(policy.baseMs[pace] * 2 ** Math.min(count - 1, 30), policy.ceilingMs[pace]);
  return maxMs * (policy.steadyShare + chance * (1 - policy.steadyShare));
}

/**
 * Reads the wait that the service requests: `x-amz-retry-after` in milliseconds, `Retry-After` in seconds or as a date
 * (RFC 9110 §10.2.3).
 *
 * @param header Finds a header by name in lower case.
 */
export function readRetryAfter(header: (name: string) => string | undefined, now: Date): number | undefined {
  const milliseconds = header("x-amz-retry-after");
  if (milliseconds !== undefined && Number(milliseconds) >= 0) return Number(milliseconds);
  const text = header("retry-after");
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}

/** AWS rejects signatures that are off by five minutes. A clock that is off by more than this may be the reason. */
const toleratedSkewMs = 4 * 60_000;

/**
 * Returns how far the server's clock is ahead of this one, if that explains a rejected signature.
 *
 * @param date The response's `Date` header.
 */
export function findClockSkew(date: string | undefined, now: Date): number | undefined {
  const skewMs = Date.parse(date ?? "") - now.getTime();
  return Math.abs(skewMs) > toleratedSkewMs ? skewMs : undefined;
}
