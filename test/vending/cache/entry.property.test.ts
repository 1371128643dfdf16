import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openEntry, readHeader, sealEntry } from "../../../src/vending/cache/entry.js";
import type { Entry } from "../../../src/vending/cache/entry.js";

const instants = fc.integer({ min: 0, max: 4e12 });
const entries: fc.Arbitrary<Entry> = fc.record({
  obtainedMs: instants,
  endMs: instants,
  jitter: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  roleArn: fc.string(),
  source: fc.string({ unit: "grapheme" }),
  credentials: fc.record({
    accessKeyId: fc.string(),
    secretAccessKey: fc.string({ minLength: 8 }),
    sessionToken: fc.string({ minLength: 8 }),
    expiration: instants.map((ms) => new Date(ms)),
  }),
});
const secrets = fc.uint8Array({ minLength: 1, maxLength: 64 });
const name = `${"ab".repeat(32)}.session`;

describe("an entry of the cache", () => {
  it("opens to what was sealed", () => {
    fc.assert(
      fc.property(entries, secrets, (entry, secret) => {
        // -0 is 0 in JSON, and in every use of the number.
        expect(openEntry(sealEntry(entry, name, secret), name, secret)).toEqual({ ...entry, jitter: entry.jitter + 0 });
      }),
    );
  });

  it("does not open under another key, under another name, or with any bit changed", () => {
    fc.assert(
      fc.property(entries, secrets, secrets, fc.nat(), (entry, secret, other, bit) => {
        const sealed = sealEntry(entry, name, secret);
        fc.pre(Buffer.compare(secret, other) !== 0);
        expect(openEntry(sealed, name, other)).toBeUndefined();
        expect(openEntry(sealed, `${"cd".repeat(32)}.session`, secret)).toBeUndefined();
        const damaged = Buffer.from(sealed);
        const position = bit % (damaged.length * 8);
        damaged[position >> 3]! ^= 1 << (position & 7);
        expect(openEntry(damaged, name, secret)).toBeUndefined();
      }),
    );
  });

  it("is a miss when cut short anywhere", () => {
    fc.assert(
      fc.property(entries, secrets, fc.nat(), (entry, secret, length) => {
        const sealed = sealEntry(entry, name, secret);
        expect(openEntry(sealed.subarray(0, length % sealed.length), name, secret)).toBeUndefined();
      }),
    );
  });

  it("shows role and times without the key, and no part of the credentials", () => {
    fc.assert(
      fc.property(entries, secrets, ({ credentials, ...header }, secret) => {
        const marked = { ...credentials, secretAccessKey: "SECRET-CANARY-1", sessionToken: "SECRET-CANARY-2" };
        const sealed = sealEntry({ ...header, credentials: marked }, name, secret);
        expect(readHeader(sealed)).toMatchObject({ roleArn: header.roleArn, endMs: header.endMs });
        expect(sealed.includes("SECRET-CANARY")).toBe(false);
      }),
    );
  });
});
