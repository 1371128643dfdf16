import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkTrustAnchor, describeChain } from "../../../src/diagnosis/certificate/chain-rules.js";
import * as rules from "../../../src/diagnosis/certificate/rules.js";
import { checkSessionTags, deriveSessionTags } from "../../../src/diagnosis/session-tags.js";
import * as der from "../../../src/emulator/certificate/der.js";
import { parseCertificate } from "../../../src/emulator/certificate/reader.js";
import { sessionTagsOf } from "../../../src/emulator/certificate/session.js";
import { RolesAnywhereError } from "../../../src/errors.js";
import { parseName } from "../../../src/identity/asn1/distinguished-name.js";
import { parseElement } from "../../../src/identity/asn1/der.js";
import { orderChain } from "../../../src/identity/certificate/chain.js";
import { formatCertificateData, formatCertificateList } from "../../../src/identity/certificate/data.js";
import { parseCertificateFields, readValidity } from "../../../src/identity/certificate/fields.js";
import { certificateFromDer } from "../../../src/identity/certificate/parsed.js";
import { hasPublicKey } from "../../../src/identity/certificate/public-key.js";
import { refuseUnsuitable } from "../../../src/identity/certificate/suitability.js";
import { createPki, keyOf, issueCertificate } from "../../support/pki.js";
import type { CertificateSpec } from "../../support/pki.js";

const pki = createPki();
const now = new Date();
/** Of Active Directory Certificate Services: 37 octets. */
const longOid = `1.3.6.1.4.1.311.21.8.${"16777215.".repeat(6)}1.42`;

const leaf = (spec: CertificateSpec = {}) => issueCertificate(keyOf("ec-p256", "leaf"), spec, pki.root).der;

/** Rebuilds the certificate with some fields of its body replaced, by position; the signature no longer fits. */
function withFields(bytes: Buffer, changes: Readonly<Record<number, Buffer>>): Buffer {
  const [body, ...rest] = der.children(der.decode(bytes));
  const fields = der.children(body!).map((field, index) => changes[index] ?? field.bytes);
  return der.sequence(der.sequence(...fields), ...rest.map((part) => part.bytes));
}
const nameWith = (type: string, value: Buffer) => der.sequence(der.encode(0x31, der.sequence(der.oid(type), value)));
const validity = (tag: number, start: string, end: string) =>
  der.sequence(der.encode(tag, Buffer.from(start)), der.encode(tag, Buffer.from(end)));

/** Everything that reads a certificate after it was parsed. */
function useEverywhere(bytes: Buffer): "refused" | "used" {
  let certificate;
  try {
    certificate = certificateFromDer(bytes);
  } catch {
    return "refused"; // the reader of the file says so
  }
  const fields = parseCertificateFields(certificate.der);
  const inspected = { certificate, fields, name: "it" };
  const { checkValidity, ...others } = rules;
  const steps: readonly (() => unknown)[] = [
    () => refuseUnsuitable(certificate, "it", now),
    () => formatCertificateData(certificate),
    () => formatCertificateList([{ certificate }]),
    () => hasPublicKey(certificate, pki.root.key.publicKeyInfo),
    () => checkValidity(inspected, now),
    ...Object.values(others).map((rule) => () => rule(inspected)),
    () => checkSessionTags(certificate, "it"),
    () => checkTrustAnchor({ leaf: certificate, chain: [] }, [], [certificateFromDer(pki.root.der)], now),
    () => {
      const chain = orderChain(certificateFromDer(leaf()), [certificate, certificateFromDer(pki.root.der)], now);
      return describeChain({ leaf: certificate, ...chain, algorithm: "AWS4-X509-RSA-SHA256", sign: async () => bytes });
    },
  ];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      if (!(error instanceof RolesAnywhereError)) throw error;
    }
  }
  return "used";
}

/** The same bytes for the same seed, on every machine. */
function* numbers(seed: string): Generator<number, never> {
  for (let round = 0; ; round++) {
    const digest = createHash("sha256").update(`${seed} ${round}`).digest();
    for (let offset = 0; offset < 32; offset += 4) yield digest.readUInt32BE(offset);
  }
}

const odd = {
  "an extended key usage of 37 octets": leaf({
    extensions: [{ id: "2.5.29.37", critical: false, value: der.sequence(der.oid(longOid)) }],
  }),
  "an extension of 37 octets": leaf({ extensions: [{ id: longOid, critical: false, value: der.sequence() }] }),
  "a critical extension of 37 octets": leaf({ extensions: [{ id: longOid, critical: true, value: der.sequence() }] }),
  "an attribute type of 37 octets": leaf({ subject: [[longOid, "value"]] }),
  "dates without seconds": withFields(leaf(), { 4: validity(0x17, "2601011200Z", "4901011200Z") }),
  "dates with an offset": withFields(leaf(), { 4: validity(0x17, "260101120000+0200", "490101120000-0500") }),
  "dates with a fraction": withFields(leaf(), { 4: validity(0x18, "20260101120000.5Z", "20490101120000.25Z") }),
  "a public key of an unknown kind": withFields(leaf(), {
    6: der.sequence(der.sequence(der.oid("1.2.3.4.5")), der.bitString(Buffer.alloc(32, 1))),
  }),
  "a key on an unknown curve": withFields(leaf(), {
    6: der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.3.4")), der.bitString(Buffer.alloc(65, 4))),
  }),
  "an empty subject": leaf({ subject: [] }),
  "a negative serial number": leaf({ serial: -5n }),
  "the serial number zero": leaf({ serial: 0n }),
  "a serial number of 40 octets": leaf({ serial: 2n ** 319n }),
  "version 1": leaf({ version: 1 }),
} as const;
const broken = {
  "an attribute that is a set": withFields(leaf(), { 5: nameWith("2.5.4.3", der.encode(0x31)) }),
  "an alternative name that is broken DER": leaf({
    extensions: [{ id: "2.5.29.17", critical: false, value: Buffer.from("30058203", "hex") }],
  }),
  "a directory name that is broken DER": leaf({
    extensions: [{ id: "2.5.29.17", critical: false, value: der.sequence(der.encode(0xa4, der.encode(0x31))) }],
  }),
  "a subject that is broken DER": withFields(leaf(), { 5: der.sequence(der.encode(0x31, der.sequence())) }),
  "a date that is none": withFields(leaf(), { 4: validity(0x17, "260101120000Z", "269901120000Z") }),
  "key usage that is broken DER": leaf({
    extensions: [{ id: "2.5.29.15", critical: false, value: Buffer.from("0309", "hex") }],
    keyUsage: "absent",
  }),
};

describe("a certificate with", () => {
  it.each(Object.entries(odd))("%s is read by everything", (_, bytes) => {
    expect(useEverywhere(bytes)).toBe("used");
  });

  it.each(Object.entries(broken))("%s is refused when it is read", (_, bytes) => {
    expect(useEverywhere(bytes)).toBe("refused");
  });
});

it("1,500 mutations of certificates crash nothing", () => {
  const outcomes = { refused: 0, used: 0 };
  const originals = [...Object.values(odd), pki.root.der, pki.leaf("rsa-2048").der];
  for (let index = 0; index < 1_500; index++) {
    const random = numbers(`mutation ${index}`);
    const bytes = Buffer.from(originals[index % originals.length]!);
    const changes = 1 + (random.next().value % 3);
    for (let change = 0; change < changes; change++) {
      const place = random.next().value % bytes.length;
      // Most of a certificate is its key and signature: the names and extensions in the middle are hit more often.
      bytes[place] = [bytes[place]! ^ (1 << (index % 8)), random.next().value & 0xff, 0, 0xff, 0x30][index % 5]!;
    }
    outcomes[useEverywhere(bytes)]++;
  }
  expect(outcomes.used).toBeGreaterThan(300);
  expect(outcomes.refused).toBeGreaterThan(100);
});

describe("validity", () => {
  const at = (tag: number, text: string) => {
    const bytes = withFields(leaf(), { 4: validity(tag, text, text) });
    return readValidity(bytes).notAfter.toISOString();
  };

  it.each([
    [0x17, "491231235959Z", "2049-12-31T23:59:59.000Z"],
    [0x17, "500101000000Z", "1950-01-01T00:00:00.000Z"],
    [0x17, "2601011200Z", "2026-01-01T12:00:00.000Z"],
    [0x17, "260101120000+0230", "2026-01-01T09:30:00.000Z"],
    [0x17, "2601011200-0500", "2026-01-01T17:00:00.000Z"],
    [0x18, "20500101000000Z", "2050-01-01T00:00:00.000Z"],
    [0x18, "20500101000000.999Z", "2050-01-01T00:00:00.000Z"],
    [0x18, "2050010100Z", "2050-01-01T00:00:00.000Z"],
    [0x18, "99991231235959Z", "9999-12-31T23:59:59.000Z"],
  ])("of tag %i as %s ends at %s", (tag, text, time) => {
    expect(at(tag, text)).toBe(time);
  });

  it.each([
    [0x17, "260230000000Z"],
    [0x17, "20260101000000Z"],
    [0x18, "260101000000Z"],
    [0x17, "2601010000"],
    [0x13, "260101000000Z"],
  ])("of tag %i as %s is no time", (tag, text) => {
    expect(() => at(tag, text)).toThrow("notBefore is not a time");
  });
});

describe("session tags", () => {
  const names = der.sequence(
    ...[
      ["2.5.4.3", der.encode(0x1e, Buffer.from("Müller", "utf16le").swap16())],
      ["2.5.4.10", der.encode(0x14, Buffer.from("Grüße", "latin1"))],
      ["2.5.4.5", der.encode(0x13, Buffer.from("A-1"))],
      ["2.5.4.4", der.encode(0x0c, Buffer.from("Surname"))],
      ["2.5.4.12", der.encode(0x0c, Buffer.from("Title"))],
      ["2.5.4.17", der.encode(0x13, Buffer.from("12345"))],
      ["1.2.840.113549.1.9.1", der.encode(0x16, Buffer.from("a@example.com"))],
      ["0.9.2342.19200300.100.1.25", der.encode(0x16, Buffer.from("example"))],
      [longOid, der.encode(0x0c, Buffer.from("own"))],
    ].map(([type, value]) => der.encode(0x31, der.sequence(der.oid(type as string), value as Buffer))),
  );
  const alternative = der.sequence(
    der.encode(0xa4, names),
    der.encode(0x82, Buffer.from("a.example.com")),
    der.encode(0x86, Buffer.from("spiffe://a/b")),
  );
  const bytes = withFields(leaf({ extensions: [{ id: "2.5.29.17", critical: false, value: alternative }] }), {
    5: names,
  });

  it("are the same for check and the emulator, in every string type and under every name", () => {
    const ours = Object.fromEntries(deriveSessionTags(certificateFromDer(bytes)).map(({ key, value }) => [key, value]));
    expect(ours).toMatchObject({
      "x509Subject/CN": "Müller",
      "x509Subject/O": "Grüße",
      "x509Subject/SERIALNUMBER": "A-1",
      "x509Subject/SN": "Surname",
      "x509Subject/T": "Title",
      "x509Subject/POSTALCODE": "12345",
      "x509Subject/EMAIL": "a@example.com",
      "x509SAN/Name/CN": "Müller",
      "x509SAN/DNS": "a.example.com",
      "x509SAN/URI": "spiffe://a/b",
    });
    expect(sessionTagsOf(parseCertificate(bytes))).toEqual(ours);
  });

  it("hold a name as text", () => {
    expect(parseName(parseElement(names)).flat().slice(0, 2)).toEqual([
      { type: "2.5.4.3", value: "Müller" },
      { type: "2.5.4.10", value: "Grüße" },
    ]);
  });
});
