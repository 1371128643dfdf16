import { hash, randomBytes } from "node:crypto";

/** The maximum lifetime of a session token of the metadata service, in seconds. */
export const maxTokenTtlSeconds = 21_600;

/**
 * Session tokens of the metadata service. At most `capacity` are kept. One more replaces the oldest, whose owner gets 401
 * and requests another. Only digests are stored.
 */
export class MetadataTokens {
  readonly #expiries = new Map<string, number>();
  readonly #capacity: number;
  readonly #now: () => number;

  constructor(now: () => number, capacity = 16_384) {
    this.#now = now;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#expiries.size;
  }

  issue(ttlSeconds: number): string {
    const now = this.#now();
    // Checking the two oldest for each new token removes expired ones without scanning all of them.
    for (const [digest, expiry] of firstTwo(this.#expiries)) {
      if (expiry <= now || this.#expiries.size >= this.#capacity) this.#expiries.delete(digest);
    }
    const token = randomBytes(42).toString("base64");
    this.#expiries.set(digestOf(token), now + ttlSeconds * 1000);
    return token;
  }

  /** Returns the remaining lifetime of a token in whole seconds, or undefined if it is unknown or expired. */
  secondsLeft(token: string): number | undefined {
    const digest = digestOf(token);
    const expiry = this.#expiries.get(digest);
    if (expiry === undefined) return undefined;
    const leftMs = expiry - this.#now();
    if (leftMs > 0) return Math.floor(leftMs / 1000);
    this.#expiries.delete(digest);
    return undefined;
  }
}

/** A lookup by digest reveals nothing about how much of a guessed token is right. */
function digestOf(token: string): string {
  return hash("sha256", token, "base64");
}

function firstTwo(map: ReadonlyMap<string, number>): [string, number][] {
  const entries: [string, number][] = [];
  for (const entry of map) {
    entries.push(entry);
    if (entries.length === 2) break;
  }
  return entries;
}

/** @returns The seconds, or undefined if the header is absent or not a whole number from 1 to 21600. */
export function parseTokenTtl(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,5}$/.test(header)) return undefined;
  const seconds = Number(header);
  return seconds >= 1 && seconds <= maxTokenTtlSeconds ? seconds : undefined;
}
