import type { Entry } from "../../src/vending/cache/entry.js";
import { planLifetime } from "../../src/vending/freshness.js";

/** Creates a one-hour cache entry that started so many minutes ago. */
export function keptSession(nowMs: number, minutesOld: number, more: Partial<Entry> = {}): Entry {
  const obtainedMs = nowMs - minutesOld * 60_000;
  const hourMs = 3_600_000;
  return {
    ...planLifetime(obtainedMs, obtainedMs + hourMs, hourMs, 0),
    roleArn: "arn:aws:iam::111122223333:role/Demo",
    source: "client.pem",
    credentials: {
      accessKeyId: "ASIAKEPT",
      secretAccessKey: "kept",
      sessionToken: "kept-token",
      expiration: new Date(obtainedMs + hourMs),
    },
    ...more,
  };
}

/** A refresh that failed just now, not to be retried for a while. */
export const heldOff = (nowMs: number) => ({ untilMs: nowMs + 60_000, attempts: 1 });
