// Signatures and names that the emulator's own authority does not make, and its verdict on a chain.
import { sign } from "node:crypto";
import * as der from "../../src/emulator/certificate/der.js";
import { parseCertificate } from "../../src/emulator/certificate/reader.js";
import { checkChain, checkLeaf } from "../../src/emulator/certificate/trust.js";
import type { CertificateKey, Issued } from "./pki.js";

/** How an issuer signs: some ways are unknown to the emulator's own authority. */
export const signatures = {
  sha256: (key) => key,
  sha1: (key) => withAlgorithm(key, "1.2.840.10045.4.1", "sha1"),
  sha224: (key) => withAlgorithm(key, "1.2.840.10045.4.3.1", "sha224"),
  sha512: (key) => withAlgorithm(key, "1.2.840.10045.4.3.4", "sha512"),
} as const satisfies Readonly<Record<string, (key: CertificateKey) => CertificateKey>>;

function withAlgorithm(key: CertificateKey, oid: string, digest: string): CertificateKey {
  const { privateKey } = key;
  if (privateKey === undefined) throw new Error("a key of Node.js is needed");
  return {
    ...key,
    algorithmIdentifier: () => der.sequence(der.oid(oid)),
    sign: (bytes) => sign(digest, bytes, privateKey),
  };
}

/** RSASSA-PSS whose parameters are left out: SHA-1. */
export function pssSha1(key: CertificateKey): CertificateKey {
  return { ...key, algorithmIdentifier: () => der.sequence(der.oid("1.2.840.113549.1.1.10"), der.sequence()) };
}

/** The issuer's name as a PrintableString, where its own subject is a UTF8String. */
export function renaming(key: CertificateKey, name: string): CertificateKey {
  return {
    ...key,
    sign(bytes, digest) {
      const at = bytes.indexOf(Buffer.concat([Buffer.from([0x0c, name.length]), Buffer.from(name)]));
      bytes[at] = 0x13;
      return key.sign(bytes, digest);
    },
  };
}

/** What the emulator says of the certificates that would be sent. */
export async function verdictOf(
  client: Issued,
  chain: readonly Issued[],
  anchors: readonly Issued[],
  now: Date,
): Promise<string> {
  try {
    const leaf = parseCertificate(client.der);
    checkLeaf(leaf, now);
    const parsed = chain.map(({ der: bytes }) => parseCertificate(bytes));
    await checkChain(leaf, parsed, anchors.map(({ pem }) => pem).join(""), now);
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
}
