import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ml_dsa65 } from "@noble/post-quantum/ml-dsa.js";
import { encodeElement, encodeOid, tags } from "../../../src/identity/asn1/der.js";
import { issued, orderChain } from "../../../src/identity/certificate/chain.js";
import { formatCertificateData, formatCertificateList } from "../../../src/identity/certificate/data.js";
import { parseCertificateFields } from "../../../src/identity/certificate/fields.js";
import { certificateFromDer } from "../../../src/identity/certificate/parsed.js";
import { readExtension } from "../../../src/identity/certificate/structure.js";
import { refuseUnsuitable } from "../../../src/identity/certificate/suitability.js";
import { formatMldsaPublicKey } from "../../../src/identity/mldsa/key.js";
import { signingTestMessage } from "../../../src/identity/signing-test.js";
import { createAuthority, createPki, issueCertificate, keyOf } from "../../support/pki.js";
import type { CertificateKey, CertificateSpec, Issued, KeyKind } from "../../support/pki.js";

const pki = createPki();
const parsed = ({ der }: Issued) => certificateFromDer(der);
const leafOf = (spec: CertificateSpec = {}, kind: KeyKind = "ec-p256") => parsed(pki.leaf(kind, spec));

function mldsaKey(): CertificateKey {
  const { publicKey } = ml_dsa65.keygen(randomBytes(32));
  const absent = () => {
    throw new Error("only the public half is known");
  };
  const publicKeyInfo = Buffer.from(formatMldsaPublicKey("ML-DSA-65", publicKey));
  return { publicKeyInfo, privateKeyPem: "", algorithmIdentifier: absent, sign: absent };
}

describe("what read-certificate-data prints", () => {
  it.each([
    ["rsa-2048", "RSA", ["RSASHA256", "RSASHA384", "RSASHA512"]],
    ["ec-p384", "EC", ["ECSHA256", "ECSHA384", "ECSHA512"]],
  ] as const)("is one line of JSON for %s", (kind, keyType, supportedAlgorithms) => {
    const leaf = leafOf({ serial: 0xfedcba9876543210n }, kind);
    expect(formatCertificateData(leaf)).toBe(
      JSON.stringify({
        keyType,
        certificateData: Buffer.from(leaf.der).toString("base64"),
        serialNumber: "18364758544493064720",
        supportedAlgorithms,
      }),
    );
  });

  it("names the set of an ML-DSA key, which signs by itself", () => {
    const leaf = parsed(issueCertificate(mldsaKey(), {}, pki.root));
    const { keyType, supportedAlgorithms } = JSON.parse(formatCertificateData(leaf)) as Record<string, unknown>;
    expect([keyType, supportedAlgorithms]).toEqual(["ML-DSA-65", ["ML-DSA-65"]]);
  });

  it("has no word for another type", () => {
    const identifier = encodeElement(tags.sequence, encodeOid("1.3.101.112"));
    const bits = encodeElement(tags.bitString, Uint8Array.of(0), new Uint8Array(32));
    const publicKeyInfo = Buffer.from(encodeElement(tags.sequence, identifier, bits));
    const leaf = parsed(issueCertificate({ ...mldsaKey(), publicKeyInfo }, {}, pki.root));
    expect(JSON.parse(formatCertificateData(leaf))).toMatchObject({
      keyType: "",
      supportedAlgorithms: ["SHA256", "SHA384", "SHA512"],
    });
  });
});

describe("the list of a store's certificates", () => {
  it("says when there are none", () => {
    expect(formatCertificateList([])).toBe("No matching identities\n");
  });

  it("numbers them, with URIs where they have one, and gives a terminal no orders", () => {
    const subject: CertificateSpec["subject"] = [
      ["O", "Acme"],
      ["CN", "client\u001b[2J"],
    ];
    const [one, two] = [leafOf({ serial: 0xabcn, subject }), leafOf({ serial: 1n })];
    const fingerprint = (der: Uint8Array) => createHash("sha1").update(der).digest("hex");
    const text = formatCertificateList([{ certificate: one, uri: "pkcs11:token=t;object=o" }, { certificate: two }]);
    expect(text).not.toContain("\u001b");
    expect(text.replace(/client.*\[2J/, "client")).toBe(
      [
        "Matching identities",
        `1) Hex Fingerprint: ${fingerprint(one.der)}`,
        "Subject: CN=client,O=Acme",
        "Issuer: CN=Test Root",
        "Serial Number: ABC",
        "URI: pkcs11:token=t;object=o",
        "",
        `2) Hex Fingerprint: ${fingerprint(two.der)}`,
        "Subject: CN=client",
        "Issuer: CN=Test Root",
        "Serial Number: 1",
        "",
        "",
      ].join("\n"),
    );
  });
});

describe("what sign-string signs", () => {
  const head = "AWS Roles Anywhere Credential Helper Signing Test1";

  it.each(["rsa-2048", "ec-p256"] as const)("is a text and a hash over the inner public key: %s", (kind) => {
    const { der, key } = pki.leaf(kind);
    const { publicKeyInfo } = key;
    const { publicKey } = new X509Certificate(der);
    const inner =
      kind === "rsa-2048"
        ? publicKey.export({ format: "der", type: "pkcs1" })
        : publicKeyInfo.subarray(publicKeyInfo.length - 65);
    const hash = createHash("sha256").update("IAM RA").update(inner).digest();
    const algorithm = kind === "rsa-2048" ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256";
    const message = signingTestMessage({ algorithm, publicKey: publicKeyInfo });
    expect(Buffer.from(message).toString("hex")).toBe(Buffer.concat([Buffer.from(head), hash]).toString("hex"));
  });

  it("is the text alone for ML-DSA and for a key that is not told", () => {
    const { publicKeyInfo: publicKey } = mldsaKey();
    expect(Buffer.from(signingTestMessage({ algorithm: "AWS4-X509-MLDSA", publicKey })).toString()).toBe(head);
    const untold = { algorithm: "AWS4-X509-RSA-SHA256", publicKey: undefined } as const;
    expect(Buffer.from(signingTestMessage(untold)).toString()).toBe(head);
  });
});

describe("the fields of a certificate", () => {
  const fieldsOf = (spec: CertificateSpec) => parseCertificateFields(pki.leaf("ec-p256", spec).der);

  it("are those of an end entity", () => {
    const [notBefore, notAfter] = [new Date("1999-12-31T23:59:58Z"), new Date("2050-01-02T03:04:05Z")];
    const fields = fieldsOf({ notBefore, notAfter, extendedKeyUsage: ["clientAuth", "serverAuth"] });
    expect(fields).toEqual({
      version: 3,
      signatureAlgorithm: "1.2.840.10045.4.3.2",
      notBefore,
      notAfter,
      basicConstraints: { ca: false, pathLength: undefined },
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"],
      publicKeyAlgorithm: "1.2.840.10045.2.1",
      subjectIsEmpty: false,
    });
    expect(fieldsOf({ notAfter: new Date("2049-12-31T23:59:59Z") }).notAfter.getUTCFullYear()).toBe(2049);
  });

  it("are those of an authority", () => {
    const fields = parseCertificateFields(createAuthority(keyOf("rsa-2048"), { pathLength: 258, subject: [] }).der);
    expect(fields).toMatchObject({
      basicConstraints: { ca: true, pathLength: 258 },
      keyUsage: ["keyCertSign", "cRLSign"],
      signatureAlgorithm: "1.2.840.113549.1.1.11",
      publicKeyAlgorithm: "1.2.840.113549.1.1.1",
      subjectIsEmpty: true,
    });
  });

  it("are absent where the certificate has none", () => {
    expect(fieldsOf({ version: 1 })).toMatchObject({ version: 1, keyUsage: undefined, basicConstraints: undefined });
    const bare = fieldsOf({ authority: "absent", keyUsage: "absent" });
    expect([bare.keyUsage, bare.basicConstraints, bare.extendedKeyUsage]).toEqual([undefined, undefined, undefined]);
  });

  it("name every bit of keyUsage, those of a second octet too", () => {
    const keyUsage = [
      "digitalSignature",
      "nonRepudiation",
      "keyEncipherment",
      "dataEncipherment",
      "keyAgreement",
      "keyCertSign",
      "cRLSign",
    ] as const;
    expect(fieldsOf({ keyUsage }).keyUsage).toEqual(keyUsage);
    const value = Buffer.from("03020780", "hex");
    const both = Buffer.from("0303070180", "hex");
    const usage = (bits: Buffer) =>
      fieldsOf({ keyUsage: "absent", extensions: [{ id: "2.5.29.15", critical: true, value: bits }] }).keyUsage;
    expect([usage(value), usage(both)]).toEqual([["digitalSignature"], ["encipherOnly", "decipherOnly"]]);
  });

  it("have the value of any extension, or none", () => {
    const value = Buffer.from("0402aabb", "hex");
    const { der } = pki.leaf("ec-p256", { extensions: [{ id: "1.2.3.4", critical: false, value }] });
    expect(Buffer.from(readExtension(der, "1.2.3.4") ?? []).toString("hex")).toBe("0402aabb");
    expect(readExtension(der, "1.2.3.5")).toBeUndefined();
    expect(readExtension(pki.leaf("ec-p256", { version: 1 }).der, "1.2.3.4")).toBeUndefined();
  });
});

describe("a certificate that the service refuses", () => {
  const now = new Date("2026-06-15T12:00:00Z");
  const at = (ms: number) => new Date(now.getTime() + ms);
  const day = 86_400_000;
  const refusal = (spec: CertificateSpec) => {
    const dates = { notBefore: at(-day), notAfter: at(30 * day) };
    return refuseUnsuitable(leafOf({ ...dates, ...spec }), '"c.pem"', now);
  };

  it("is one that serves no end entity's signature", () => {
    expect(refusal({})).toBeUndefined();
    expect(() => refusal({ version: 1 })).toThrow('certificate "c.pem" is an X.509 v1 certificate, expected v3');
    expect(() => refusal({ authority: true, keyUsage: ["digitalSignature"] })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining("is a certificate authority") as string,
        hints: expect.arrayContaining([
          "give the leaf certificate to --certificate and the authority's to --intermediates",
        ]) as string[],
      }),
    );
    expect(() => refusal({ keyUsage: "absent" })).toThrow("has no keyUsage extension");
    expect(() => refusal({ keyUsage: ["keyAgreement", "keyEncipherment"] })).toThrow(
      expect.objectContaining({
        code: "ERR_CERTIFICATE_UNSUITABLE",
        message: 'certificate "c.pem" has keyUsage keyEncipherment, keyAgreement, expected digitalSignature among them',
        hints: [expect.stringContaining("have it issued anew"), expect.stringContaining("openssl x509")],
      }),
    );
    expect(() => refusal({ keyUsage: [] })).toThrow("has keyUsage without any bit");
    expect(refusal({ authority: "absent" })).toBeUndefined();
  });

  it.each([
    [1_000, "1 seconds"],
    [119_000, "119 seconds"],
    [120_000, "2 minutes"],
    [7_199_000, "119 minutes"],
    [7_200_000, "2 hours"],
    [172_799_000, "47 hours"],
    [172_800_000, "2 days"],
    [3.9 * day, "3 days"],
  ])("is one that ended or begins %i ms away: %s", (ms, span) => {
    expect(() => refusal({ notAfter: at(-ms) })).toThrow(
      expect.objectContaining({
        code: "ERR_CERTIFICATE_EXPIRED",
        message: `certificate "c.pem" expired ${span} ago (notAfter ${at(-ms).toISOString()})`,
      }),
    );
    expect(() => refusal({ notBefore: at(ms) })).toThrow(
      expect.objectContaining({
        code: "ERR_CERTIFICATE_NOT_YET_VALID",
        message: `certificate "c.pem" is not valid yet: it becomes valid in ${span} (notBefore ${at(ms).toISOString()})`,
      }),
    );
  });

  it("is still good in its first and its last second, with a remark during the last week", () => {
    expect(String(refusal({ notBefore: now, notAfter: now }))).toContain("expires in 0 seconds");
    const notBefore = at(-90 * day);
    expect(String(refusal({ notBefore, notAfter: at(7 * day - 1_000) }))).toBe(
      `certificate "c.pem" expires in 6 days (notAfter ${at(7 * day - 1_000).toISOString()})`,
    );
    expect(refusal({ notBefore, notAfter: at(7 * day) })).toBeUndefined();
  });

  it("is one of an hour, with a remark in its last third alone", () => {
    const notBefore = at(-40 * 60_000);
    expect(String(refusal({ notBefore, notAfter: at(20 * 60_000) }))).toContain("expires in 20 minutes");
    expect(refusal({ notBefore, notAfter: at(21 * 60_000) })).toBeUndefined();
  });

  it("is one whose DER does not decode", () => {
    const { x509, serialNumber } = leafOf();
    expect(() => refuseUnsuitable({ der: Uint8Array.of(0x30, 0x03, 0x01), x509, serialNumber }, "it", now)).toThrow(
      expect.objectContaining({
        code: "ERR_CERTIFICATE",
        message: "certificate it is damaged: its DER does not decode",
      }),
    );
  });
});

describe("the chain of a leaf", () => {
  /** Authorities one below the other, the one below the root first. */
  function line(length: number): readonly Issued[] {
    const authorities: Issued[] = [];
    for (let depth = 1; depth <= length; depth++) {
      const spec = { subject: [["CN", `Authority ${depth}`]] } as CertificateSpec;
      authorities.push(createAuthority(keyOf("ec-p256", `authority ${depth}`), spec, authorities.at(-1) ?? pki.root));
    }
    return authorities;
  }

  it("is in order whatever comes, without leaf, root, repetition and strangers", () => {
    const authorities = line(5);
    const leaf = parsed(pki.leaf("ec-p256", {}, authorities[4]));
    const stranger = parsed(createPki("ec-p384").intermediate);
    const candidates = [...authorities.map(parsed), leaf, parsed(pki.root), parsed(authorities[2]!), stranger];
    const { chain, leftOut } = orderChain(leaf, candidates, new Date());
    const names = chain.map(({ x509 }) => x509.subject);
    expect(names).toEqual([5, 4, 3, 2, 1].map((depth) => `CN=Authority ${depth}`));
    expect(leftOut.map(({ reason }) => reason)).toEqual(["leaf", "repeated", "root", "unrelated"]);
  });

  it("takes an issuer by name and signature", () => {
    const leaf = leafOf();
    const namesake = createAuthority(keyOf("ec-p256", "namesake"), { subject: [["CN", "Test Root"]] });
    expect([issued(parsed(pki.root), leaf), issued(parsed(namesake), leaf)]).toEqual([true, false]);
    expect(issued(leaf, parsed(pki.root))).toBe(false);
  });
});

describe("the serial number of a certificate", () => {
  it.each([0n, 1n, -1n, -255n, 2n ** 159n])("is %i as it is written", (serial) => {
    expect(leafOf({ serial }).serialNumber).toBe(serial);
  });
});
