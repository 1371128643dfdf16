import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { certificateFromDer } from "../../src/identity/certificate/parsed.js";
import { armor } from "../../src/renewal/armor.js";
import { createCertificateRequest } from "../../src/renewal/certificate-request.js";
import { createKeyLike, formatKeyLike } from "../../src/renewal/new-key.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import type { CertificateSpec, KeyKind } from "../support/pki.js";
import { runProgram } from "../support/run-program.js";
import { requireTools } from "../support/tools.js";

function requestFor(kind: KeyKind, spec: CertificateSpec) {
  const key = keyOf(kind);
  const present = certificateFromDer(issueCertificate(key, spec).der);
  const privateKey = key.privateKey!;
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return armor("CERTIFICATE REQUEST", createCertificateRequest(present, publicKey, privateKey));
}

describe.skipIf(!requireTools("certificate requests, read by OpenSSL", "openssl"))("a certificate request", () => {
  const kinds: readonly KeyKind[] = ["ec-p256", "ec-p384", "ec-p521", "rsa-2048"];

  test.each(kinds)("over a key of the kind %s is verified by OpenSSL, with subject and names", async (kind) => {
    const pem = requestFor(kind, {
      subject: [
        ["O", "Beispiel Straße"],
        ["CN", "web-1"],
      ],
      alternativeNames: [
        ["dns", "web-1.example.com"],
        ["uri", "spiffe://example.org/web"],
      ],
    });
    const { status, stdout } = await runProgram("openssl", ["req", "-verify", "-noout", "-text", "-nameopt", "utf8"], {
      stdin: pem,
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/O ?= ?Beispiel Straße, CN ?= ?web-1/);
    expect(stdout).toContain("DNS:web-1.example.com, URI:spiffe://example.org/web");
  });

  test("without alternative names, or with an empty subject, is well-formed too", async () => {
    for (const spec of [{}, { subject: [] }]) {
      const { status, stdout } = await runProgram("openssl", ["req", "-verify", "-noout", "-subject"], {
        stdin: requestFor("ec-p256", spec),
      });
      expect({ status, stdout }).toMatchObject({ status: 0 });
    }
  });

  test("keeps a critical extension of names critical", async () => {
    const value = Buffer.from("300786057765622d31".replace("8605", "8205"), "hex");
    const pem = requestFor("ec-p256", { extensions: [{ id: "2.5.29.17", critical: true, value }] });
    const { stdout } = await runProgram("openssl", ["req", "-noout", "-text"], { stdin: pem });
    expect(stdout).toMatch(/Subject Alternative Name: critical\s+DNS:web-1/);
  });
});

test("a new key has the kind, size and form of the present one", async () => {
  for (const kind of ["ec-p384", "rsa-3072"] as const) {
    const present = keyOf(kind).privateKey!;
    const key = await createKeyLike(present);
    expect(key.asymmetricKeyDetails).toEqual(present.asymmetricKeyDetails);
    const form = (label: string, password?: string) =>
      formatKeyLike(key, { label, text: "" }, password).split("\n", 1)[0];
    expect(form("PRIVATE KEY")).toBe("-----BEGIN PRIVATE KEY-----");
    expect(form("ENCRYPTED PRIVATE KEY", "secret")).toBe("-----BEGIN ENCRYPTED PRIVATE KEY-----");
    const traditional = kind === "rsa-3072" ? "RSA PRIVATE KEY" : "EC PRIVATE KEY";
    expect(form(traditional)).toBe(`-----BEGIN ${traditional}-----`);
  }
});
