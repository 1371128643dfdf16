import type { Entry } from "../../src/vending/cache/entry.js";
import { planLifetime } from "../../src/vending/freshness.js";

/** A session of an hour as the cache keeps it, that began so many minutes ago. */
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

/** A renewal that failed just now, and is not to be tried again for a while. */
export const heldOff = (nowMs: number) => ({ untilMs: nowMs + 60_000, attempts: 1 });
