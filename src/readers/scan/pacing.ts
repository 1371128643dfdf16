/** Holds requests back: so many at once, so much read capacity a second. */
export interface Pacing {
  /** Resolves when one more request may start; call `leave` when it has ended, however it has. */
  enter(signal: AbortSignal): Promise<void>;
  leave(outcome: "answered" | "throttled" | "failed"): void;
  /** Read capacity units that an answer cost. */
  spend(units: number): void;
  /** Requests that may be under way at once, as of now. */
  readonly limit: number;
}

export interface PacingClock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface PacingOptions {
  readonly concurrency: number;
  /** Read capacity units a second; undefined for no ceiling. */
  readonly maxRcu: number | undefined;
  readonly clock: PacingClock;
}

/** After a cut the effect must be seen before the next one. */
const cutIntervalMs = 1_000;
const raiseIntervalMs = 2_000;
/** Of a page of 1 MB in eventually consistent 4 KB units, until answers have told. */
const unitsExpectedAtFirst = 128;

/**
 * Halves the requests at once when the service throttles and adds one back for every two quiet seconds, as TCP does
 * with its window. Under a capacity ceiling a request is booked with what the last one cost before it starts, and the
 * booking is put right when its answer tells.
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
    // What was not spent in the last second is lost, as it is with the service.
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
