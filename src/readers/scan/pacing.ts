/** Limits concurrent requests and read capacity per second. */
export interface Pacing {
  /** Resolves when a request may start. Call `leave` when it has ended, even if it failed. */
  enter(signal: AbortSignal): Promise<void>;
  leave(outcome: "answered" | "throttled" | "failed"): void;
  /** Reports the read capacity units that a response consumed. */
  spend(units: number): void;
  /** The current limit of concurrent requests. */
  readonly limit: number;
}

export interface PacingClock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface PacingOptions {
  readonly concurrency: number;
  /** Read capacity units per second; undefined for no limit. */
  readonly maxRcu: number | undefined;
  readonly clock: PacingClock;
}

/** After a cut, waits for its effect before the next one. */
const cutIntervalMs = 1_000;
const raiseIntervalMs = 2_000;
/** A page of 1 MB in eventually consistent 4 KB units, until a response reports the actual number. */
const unitsExpectedAtFirst = 128;

/**
 * Halves the number of concurrent requests when the service throttles, and adds one back every two seconds without
 * throttling, like TCP's congestion window. With a capacity limit, each request is charged the cost of the last one
 * before it starts, and the charge is corrected when its response arrives.
 */
export function createPacing({ concurrency, maxRcu, clock }: PacingOptions): Pacing {
  let limit = concurrency;
  let underWay = 0;
  let changedMs = clock.now();
  let bookedUntilMs = clock.now();
  let expectedUnits = unitsExpectedAtFirst;
  const waiting: (() => void)[] = [];
  const admit = () => {
    while (underWay < limit && waiting.length > 0) {
      underWay++;
      waiting.shift()?.();
    }
  };
  const book = (units: number) => {
    if (maxRcu !== undefined) bookedUntilMs += (units / maxRcu) * 1_000;
  };
  const afford = async (signal: AbortSignal) => {
    if (maxRcu === undefined) return;
    for (let waitMs = bookedUntilMs - clock.now(); waitMs > 0; waitMs = bookedUntilMs - clock.now()) {
      await clock.sleep(waitMs, signal);
    }
    // Capacity that was not used in the last second is lost, as in DynamoDB.
    bookedUntilMs = Math.max(bookedUntilMs, clock.now() - 1_000);
    book(expectedUnits);
  };
  return {
    get limit() {
      return limit;
    },
    async enter(signal) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        admit();
      });
      try {
        await afford(signal);
      } catch (error) {
        underWay--;
        admit();
        throw error;
      }
    },
    leave(outcome) {
      underWay--;
      if (outcome !== "answered") book(-expectedUnits);
      const quietMs = clock.now() - changedMs;
      if (outcome === "throttled" && quietMs >= cutIntervalMs) {
        limit = Math.max(1, Math.floor(limit / 2));
        changedMs = clock.now();
      } else if (outcome === "answered" && limit < concurrency && quietMs >= raiseIntervalMs) {
        limit++;
        changedMs = clock.now();
      }
      admit();
    },
    spend(units) {
      book(units - expectedUnits);
      expectedUnits = units;
    },
  };
}
