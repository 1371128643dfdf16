// Private keys that the runtime reads and cannot use.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { encodeElement, encodeOid, encodeUnsigned, tags } from "../../src/identity/asn1/der.js";
import { createPki, formatPem } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { vendFlags } from "../support/vend-flags.js";

const folder = createScratch("keys");
const p256 = encodeOid("1.2.840.10045.3.1.7");

/** An `ECPrivateKey` (RFC 5915) without a public key. */
function sec1Key(length: number, parameters: readonly Uint8Array[] = []): Uint8Array {
  const scalar = encodeElement(tags.octetString, new Uint8Array(length).fill(1));
  return encodeElement(tags.sequence, encodeUnsigned(Uint8Array.of(1)), scalar, ...parameters);
}

function pkcs8Key(length: number): Uint8Array {
  const algorithm = encodeElement(tags.sequence, encodeOid("1.2.840.10045.2.1"), p256);
  const key = encodeElement(tags.octetString, sec1Key(length));
  return encodeElement(tags.sequence, encodeUnsigned(Uint8Array.of(0)), algorithm, key);
}

it.each([
  ["PKCS#8", "PRIVATE KEY", pkcs8Key(33)],
  ["PKCS#8", "PRIVATE KEY", pkcs8Key(500)],
  ["SEC1", "EC PRIVATE KEY", sec1Key(33, [encodeElement(tags.context0, p256)])],
] as const)("an EC key in %s is refused when its private number is too long", async (_, label, der) => {
  const key = join(folder, "client.key");
  writeFileSync(key, formatPem(label, der), { mode: 0o600 });
  const certificate = join(folder, "client.pem");
  writeFileSync(certificate, createPki().leaf("ec-p256").pem);
  for (const argv of [
    vendFlags({ certificate, "private-key": key }),
    ["sign-string", "--private-key", key],
    ["check", ...vendFlags({ certificate, "private-key": key }).slice(1)],
  ]) {
    const { status, stdout, stderr } = await runCli(argv, { stdin: "text" });
    expect([argv[0], status, stdout + stderr]).toEqual([
      argv[0],
      argv[0] === "check" ? 1 : 3,
      expect.stringContaining(`private key "${key}" `) as string,
    ]);
    expect(stdout + stderr).not.toMatch(/Assertion|Native stack|^\s+at /m);
  }
});
