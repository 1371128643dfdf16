import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costLimits } from "../../src/identity/pem/pbe.js";
import { decryptPrivateKeyInfo, refuseCostlyEncryption } from "../../src/identity/pem/pkcs8.js";
import { ciphers, encryptPkcs8, hmacs, type Scheme } from "../support/encrypted-pkcs8.js";

const scheme: fc.Arbitrary<Scheme> = fc.record({
  cipher: fc.constantFrom(...(Object.keys(ciphers) as (keyof typeof ciphers)[])),
  kdf: fc.constantFrom("pbkdf2", "scrypt"),
  hash: fc.constantFrom(...(Object.keys(hmacs) as (keyof typeof hmacs)[])),
  withKeyLength: fc.boolean(),
  iterations: fc.integer({ min: 1, max: 50 }),
  cost: fc.constantFrom(2, 4, 16),
  password: fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: "grapheme", maxLength: 6 })),
});

const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "der", type: "pkcs8" });
const encrypt = (given: Scheme) => encryptPkcs8(key, given);

/** `opened`, the error's code, or what is wrong with the error. */
function outcomeOf(run: () => Uint8Array): string {
  try {
    run();
    return "opened";
  } catch (error) {
    const { code, message, cause } = error as { code?: string; message: string; cause?: unknown };
    return cause === undefined && /^[\x20-\x7e]{1,200}$/.test(message) ? (code ?? message) : `leaks: ${message}`;
  }
}

describe("encrypted PKCS#8", () => {
  it("opens every cipher with every derivation and agrees with OpenSSL", () => {
    fc.assert(
      fc.property(scheme, (given) => {
        const der = encrypt(given);
        expect(decryptPrivateKeyInfo(der, given.password, "key")).toEqual(key);
        refuseCostlyEncryption(der, "key");
        const opened = createPrivateKey({ key: der, format: "der", type: "pkcs8", passphrase: given.password });
        expect(opened.export({ format: "der", type: "pkcs8" })).toEqual(key);
      }),
      { numRuns: 300 },
    );
  });

  it("calls a wrong password wrong", () => {
    fc.assert(
      fc.property(scheme, fc.string({ minLength: 1, maxLength: 4 }), (given, suffix) => {
        expect(outcomeOf(() => decryptPrivateKeyInfo(encrypt(given), given.password + suffix, "key"))).toBe(
          "ERR_PASSWORD",
        );
      }),
    );
  });

  it("survives truncation and flipped bits: the key, or a typed error without a cause", () => {
    const breakage = fc.record({ at: fc.nat(1000), bit: fc.integer({ min: 0, max: 7 }), cut: fc.boolean() });
    fc.assert(
      fc.property(scheme, breakage, (given, { at, bit, cut }) => {
        const der = encrypt(given);
        const index = at % der.length;
        const broken = cut ? der.subarray(0, index) : Buffer.from(der);
        if (!cut) broken[index]! ^= 1 << bit;
        const outcome = outcomeOf(() => decryptPrivateKeyInfo(broken, given.password, "key"));
        expect(["opened", "ERR_KEY", "ERR_PASSWORD"]).toContain(outcome);
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses work beyond the limits before doing it", () => {
    const base = {
      cipher: "aes-256-cbc",
      hash: "sha256",
      withKeyLength: false,
      iterations: 1,
      cost: 2,
      password: "p",
    } as const;
    const inflate = (der: Buffer, from: string, to: string) => {
      const grow = (to.length - from.length) / 2;
      const at = der.indexOf(Buffer.from(from, "hex"));
      const grown = Buffer.concat([der.subarray(0, at), Buffer.from(to, "hex"), der.subarray(at + from.length / 2)]);
      // Every sequence around the count is longer by the same bytes.
      for (let offset = 0; offset < at;) {
        if (grown[offset] !== 0x30) {
          offset += 2 + grown[offset + 1]!;
          continue;
        }
        const long = grown[offset + 1] === 0x81;
        const lengthAt = offset + (long ? 2 : 1);
        const end = lengthAt + 1 + grown[lengthAt]! + grow;
        if (at < end) grown[lengthAt]! += grow;
        offset = at < end ? lengthAt + 1 : end - grow;
      }
      return grown;
    };
    const many = inflate(encrypt({ ...base, kdf: "pbkdf2" }), "020101300c", "02047fffffff300c");
    for (const run of [() => decryptPrivateKeyInfo(many, "p", "key"), () => refuseCostlyEncryption(many, "key")]) {
      expect(run).toThrow(`key asks for 2147483647 key derivation iterations, the limit is ${costLimits.iterations}`);
    }
    const wide = inflate(encrypt({ ...base, kdf: "scrypt" }), "020102020101020101", "020440000000020101020101");
    expect(() => decryptPrivateKeyInfo(wide, "p", "key")).toThrow(
      `key asks for 137438953472 bytes of scrypt memory, the limit is ${costLimits.scryptMemoryBytes}`,
    );
  });
});
