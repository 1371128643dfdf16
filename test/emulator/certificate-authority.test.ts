import { X509Certificate } from "node:crypto";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isIssuedBy, parseCertificate } from "../../src/emulator/certificate/reader.js";
import {
  decode,
  decodeInteger,
  decodeOid,
  decodeTime,
  integer,
  oid,
  time,
} from "../../src/emulator/certificate/der.js";
import { createPki, keyOf } from "../support/pki.js";
import type { KeyKind } from "../support/pki.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const kinds: readonly KeyKind[] = ["rsa-2048", "ec-p256", "ec-p384", "ec-p521"];

describe("DER", () => {
  it("reads back every integer it writes, negative and huge ones included", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }), (value) => {
        expect(decodeInteger(decode(integer(value)))).toBe(value);
      }),
    );
  });

  it("writes the shortest form of an integer", () => {
    expect(integer(127n).toString("hex")).toBe("02017f");
    expect(integer(128n).toString("hex")).toBe("02020080");
    expect(integer(-128n).toString("hex")).toBe("020180");
    expect(integer(-129n).toString("hex")).toBe("0202ff7f");
    expect(integer(0n).toString("hex")).toBe("020100");
  });

  it("reads back every object identifier and time it writes", () => {
    const arcs = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 39 }), fc.array(fc.nat()));
    fc.assert(
      fc.property(arcs, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join(".");
        expect(decodeOid(decode(oid(dotted)))).toBe(dotted);
      }),
    );
    const seconds = fc.date({ min: new Date("1951-01-01"), max: new Date("2999-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(seconds, (date) => {
        const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
        expect(decodeTime(decode(time(whole)))).toEqual(whole);
      }),
    );
  });
});

describe("the certificate authority", () => {
  it.each(kinds)("issues %s certificates that Node.js and its own reader understand alike", async (kind) => {
    const { root, leaf } = createPki(kind);
    const issued = leaf(kind, {
      serial: 0x00ff00n,
      subject: [
        ["O", "Example"],
        ["CN", "web"],
      ],
    });
    const theirs = new X509Certificate(issued.pem);
    const ours = parseCertificate(issued.der);
    expect(theirs.serialNumber).toBe("FF00");
    expect(ours.serial).toBe(0xff00n);
    expect(theirs.subject).toBe("O=Example\nCN=web");
    expect(theirs.ca).toBe(false);
    expect(await isIssuedBy(ours, parseCertificate(root.der))).toBe(true);
    expect([...(ours.keyUsage ?? [])]).toEqual([0]);
    expect(new Date(theirs.validTo)).toEqual(ours.notAfter);
  });

  it("writes every fault it is asked for", () => {
    const { leaf, root } = createPki();
    const read = (spec: Parameters<typeof leaf>[1]) => parseCertificate(leaf("ec-p256", spec).der);
    expect(read({ serial: -5n }).serial).toBe(-5n);
    expect(read({ version: 1 }).version).toBe(1);
    expect(read({ authority: true }).authority).toBe(true);
    expect(read({ keyUsage: ["keyEncipherment"] }).keyUsage).toEqual(new Set([2]));
    expect(read({ keyUsage: "absent" }).keyUsage).toBeUndefined();
    expect(read({ digest: "sha1" }).signatureAlgorithm).toBe("1.2.840.10045.4.1");
    expect(read({ subject: [] }).subject).toEqual([]);
    expect(read({ notAfter: new Date("2051-02-03T04:05:06Z") }).notAfter).toEqual(new Date("2051-02-03T04:05:06Z"));
    expect(parseCertificate(root.der).authority).toBe(true);
  });
});

describe.skipIf(!requireTools("the certificate authority against OpenSSL", "openssl"))("with OpenSSL", () => {
  it.each(kinds)("passes a chain of %s certificates through openssl verify", (kind) => {
    const { root, intermediate, leaf } = createPki(kind);
    const folder = createScratch();
    const file = (name: string, text: string) => (writeFileSync(join(folder, name), text), join(folder, name));
    const end = leaf(
      kind,
      {
        extendedKeyUsage: ["clientAuth"],
        alternativeNames: [
          ["dns", "a.example"],
          ["ip", "::1"],
        ],
      },
      intermediate,
    );
    const output = execFileSync("openssl", [
      "verify",
      "-x509_strict",
      "-purpose",
      "sslclient",
      "-CAfile",
      file("root.pem", root.pem),
      "-untrusted",
      file("middle.pem", intermediate.pem),
      file("leaf.pem", end.pem),
    ]);
    expect(output.toString()).toContain(": OK");
    expect(keyOf(kind, "leaf").privateKeyPem).toContain("BEGIN PRIVATE KEY");
  });
});
