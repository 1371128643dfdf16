import { generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSec1Curve, refusalOfCurve } from "../../src/identity/asn1/ec-curve.js";

const sec1 = (namedCurve: string) =>
  generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "sec1", format: "der" });

describe("the curve of a key that the runtime does not read", () => {
  // OpenSSL wrote the keys and knows the names.
  it.each(["prime192v1", "secp256k1", "secp224r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"])(
    "%s is refused by its name",
    (name) => {
      const curve = findSec1Curve(sec1(name)) ?? "";
      expect(refusalOfCurve(curve, "private key x")?.message).toBe(
        `private key x is an EC key on curve ${name}, expected RSA, or EC on P-256, P-384 or P-521`,
      );
    },
  );

  it.each(["prime256v1", "secp384r1", "secp521r1"])("%s is not refused", (name) => {
    expect(refusalOfCurve(findSec1Curve(sec1(name)) ?? "", "private key x")).toBeUndefined();
  });

  it("a curve without a name here is refused by its object identifier", () => {
    expect(refusalOfCurve(findSec1Curve(sec1("sect283k1")) ?? "", "private key x")?.message).toMatch(
      /curve 1\.3\.132\.0\.16,/,
    );
  });

  it("bytes that are no key name none", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(findSec1Curve(bytes)).toBeUndefined();
      }),
    );
  });
});
