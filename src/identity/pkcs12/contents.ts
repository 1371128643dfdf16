import { createHmac, timingSafeEqual } from "node:crypto";
import {
  countOf,
  type Element,
  elementsOf,
  expectElement,
  implicitOctetsOf,
  octetsOf,
  oidOf,
  parseElement,
  sequenceOf,
  tags,
} from "../asn1/der.js";
import {
  type CostMeter,
  deriveKey,
  hashOfHmac,
  parseAlgorithmIdentifier,
  parseKeyDerivation,
  unsupportedScheme,
} from "../pem/pbe.js";
import { Asn1Error } from "../asn1/der.js";
import { derivePkcs12, encodeBmpPassword, purposes } from "./kdf.js";
import type { Text } from "../../message.js";

/** Parts of a PKCS#12 file that are readable without a password (RFC 7292 section 4). */
export interface Pfx {
  /** Bytes that the MAC covers. */
  readonly authenticatedSafe: Uint8Array;
  readonly mac: PfxMac | undefined;
}

export interface PfxMac {
  readonly algorithm: { readonly oid: string; readonly parameters: Element | undefined };
  readonly digest: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

const dataOid = "1.2.840.113549.1.7.1";
const encryptedDataOid = "1.2.840.113549.1.7.6";
const pbmac1Oid = "1.2.840.113549.1.5.14";

const digestHashes: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** @throws Asn1Error */
export function parsePfx(bytes: Uint8Array): Pfx {
  const [version, authSafe, macData] = sequenceOf(parseElement(bytes), "PKCS#12 file");
  if (countOf(version, "PKCS#12 version") !== 3) throw new Asn1Error("PKCS#12 version is not 3");
  return {
    authenticatedSafe: contentOf(authSafe),
    mac: macData === undefined ? undefined : parseMac(macData),
  };
}

function contentOf(contentInfo: Element | undefined): Uint8Array {
  const [oid, content] = sequenceOf(contentInfo, "content info");
  const type = oidOf(oid, "content type");
  if (type !== dataOid) throw new Asn1Error(`content of type ${type}, expected data protected by a password`);
  return octetsOf(elementsOf(expectElement(content, tags.context0, "content"))[0], "content");
}

function parseMac(macData: Element): PfxMac {
  const [digestInfo, salt, iterations] = sequenceOf(macData, "MAC data");
  const [algorithm, digest] = sequenceOf(digestInfo, "MAC");
  return {
    algorithm: parseAlgorithmIdentifier(algorithm, "MAC algorithm"),
    digest: octetsOf(digest, "MAC"),
    salt: octetsOf(salt, "MAC salt"),
    iterations: iterations === undefined ? 1 : countOf(iterations, "MAC iterations"),
  };
}

/**
 * Tells whether the password gives the MAC of the file.
 *
 * @throws Asn1Error; IdentityError `ERR_KEY` for an algorithm that is not supported or a cost beyond the limits
 */
export function verifyMac(pfx: Pfx, mac: PfxMac, password: Pkcs12Password, meter: CostMeter, subject: Text): boolean {
  const { hash, key } = macKey(mac, password, meter, subject);
  const actual = createHmac(hash, key).update(pfx.authenticatedSafe).digest();
  return actual.length === mac.digest.length && timingSafeEqual(actual, mac.digest);
}

function macKey({ algorithm, salt, iterations }: PfxMac, password: Pkcs12Password, meter: CostMeter, subject: Text) {
  if (algorithm.oid === pbmac1Oid) {
    // RFC 9579: a derivation and an HMAC, like PBES2; the password is UTF-8.
    const [kdf, scheme] = sequenceOf(algorithm.parameters, "PBMAC1 parameters");
    const hash = hashOfHmac(parseAlgorithmIdentifier(scheme, "PBMAC1 scheme").oid, subject);
    const derivation = parseKeyDerivation(kdf, subject);
    return { hash, key: deriveKey(derivation, password.utf8, derivation.keyLength ?? 32, meter) };
  }
  const hash = Object.hasOwn(digestHashes, algorithm.oid) ? digestHashes[algorithm.oid] : undefined;
  if (hash === undefined) throw unsupportedScheme(subject, `MAC ${algorithm.oid}`);
  meter.spendIterations(iterations);
  const length = createHmac(hash, "").digest().length;
  return { hash, key: derivePkcs12({ hash, password: password.bmp, salt, iterations, purpose: purposes.mac, length }) };
}

/** Password in the two encodings that PKCS#12 mixes: BMPString for RFC 7292 schemes, UTF-8 for PBES2. */
export interface Pkcs12Password {
  readonly bmp: Uint8Array;
  readonly utf8: Uint8Array;
}

/**
 * Returns the encodings worth trying: some writers encode an empty password as no bytes, others as a zero character,
 * and old OpenSSL widened each UTF-8 byte separately.
 */
export function passwordEncodings(password: string): readonly Pkcs12Password[] {
  const utf8 = Buffer.from(password, "utf8");
  const usual = { bmp: encodeBmpPassword(password), utf8 };
  if (password === "") return [usual, { bmp: new Uint8Array(), utf8 }];
  const widened = utf8.toString("latin1");
  return widened === password ? [usual] : [usual, { bmp: encodeBmpPassword(widened), utf8 }];
}

/** `ContentInfo` of the authenticated safe: plain or encrypted bags. */
export type SafeContents =
  | { readonly kind: "plain"; readonly bags: Uint8Array }
  | { readonly kind: "encrypted"; readonly algorithm: Element | undefined; readonly ciphertext: Uint8Array };

/** @throws Asn1Error */
export function parseAuthenticatedSafe(bytes: Uint8Array): readonly SafeContents[] {
  return sequenceOf(parseElement(bytes), "authenticated safe").map((contentInfo) => {
    const [oid, content] = sequenceOf(contentInfo, "content info");
    if (oidOf(oid, "content type") !== encryptedDataOid) return { kind: "plain", bags: contentOf(contentInfo) };
    const [, encrypted] = sequenceOf(elementsOf(expectElement(content, tags.context0, "content"))[0], "encrypted data");
    const [, algorithm, ciphertext] = sequenceOf(encrypted, "encrypted content");
    return { kind: "encrypted", algorithm, ciphertext: implicitOctetsOf(ciphertext, 0, "encrypted content") };
  });
}

/** Kinds of bags that are read. */
export type Bag =
  | { readonly kind: "key"; readonly der: Uint8Array }
  | { readonly kind: "shroudedKey"; readonly element: Element }
  | { readonly kind: "certificate"; readonly der: Uint8Array };

const bagOids = {
  key: "1.2.840.113549.1.12.10.1.1",
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
  safeContents: "1.2.840.113549.1.12.10.1.6",
} as const;
const x509CertificateOid = "1.2.840.113549.1.9.22.1";
const maxBagDepth = 8;

/** @throws Asn1Error */
export function parseBags(bytes: Uint8Array): readonly Bag[] {
  return bagsOf(parseElement(bytes), 0);
}

function bagsOf(safeContents: Element, depth: number): readonly Bag[] {
  if (depth > maxBagDepth) throw new Asn1Error(`bags nested deeper than ${maxBagDepth} levels`);
  return sequenceOf(safeContents, "safe contents").flatMap((element): readonly Bag[] => {
    const [oid, wrapper] = sequenceOf(element, "bag");
    const value = elementsOf(expectElement(wrapper, tags.context0, "bag value"))[0];
    switch (oidOf(oid, "bag type")) {
      case bagOids.key:
        return [{ kind: "key", der: expectElement(value, tags.sequence, "key bag").raw }];
      case bagOids.shroudedKey:
        return [{ kind: "shroudedKey", element: expectElement(value, tags.sequence, "shrouded key bag") }];
      case bagOids.certificate:
        return certificateOf(value);
      case bagOids.safeContents:
        return bagsOf(expectElement(value, tags.sequence, "safe contents"), depth + 1);
      default:
        return []; // CRLs, secrets and others
    }
  });
}

function certificateOf(value: Element | undefined): readonly Bag[] {
  const [type, wrapper] = sequenceOf(value, "certificate bag");
  if (oidOf(type, "certificate type") !== x509CertificateOid) return [];
  const der = octetsOf(elementsOf(expectElement(wrapper, tags.context0, "certificate"))[0], "certificate");
  return [{ kind: "certificate", der }];
}
