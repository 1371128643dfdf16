// Node's `KeyObject` for the keys that the lean edition signs with: RSA up to 4096 bits, P-256 and P-384.
import {
  countOf,
  type Element,
  elementsOf,
  encodeElement,
  encodeOid,
  encodeUnsigned,
  octetsOf,
  oidOf,
  parseElement,
  sequenceOf,
  tags,
} from "./der.js";
import { ecKeyOid } from "../identity/asn1/ec-curve.js";
import { curves } from "../identity/curves.js";
import { derOf, isEncrypted, parsePem } from "./pem-blocks.js";
import { decryptPrivateKeyInfo, parsePrivateKeyInfo } from "../identity/pem/pkcs8.js";
import { handOver } from "./hand-over.js";
import { asBuffer, host } from "./host.js";

const rsaKeyOid = "1.2.840.113549.1.1.1";

type Curve = (typeof curves)[number];

export type KeyInput =
  | string
  | { readonly key: string; readonly passphrase: string }
  | { readonly key: Uint8Array; readonly format: "der"; readonly type: "pkcs8" };

export interface KeyObject {
  readonly asymmetricKeyType: "rsa" | "ec";
  readonly asymmetricKeyDetails: { readonly namedCurve?: string };
  /** As PKCS#8, encoded as OpenSSL does: other editions derive the same key for the cache from it. */
  readonly export: () => Buffer;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly sign: (hash: string, data: Uint8Array) => Uint8Array | undefined;
}

const beyond = "read this private key";

/** Reads a key. For one of another kind, and for damage, the full program runs and says what is wrong. */
export function readPrivateKey(input: KeyInput): KeyObject {
  if (typeof input === "object" && "format" in input) return fromPrivateKeyInfo(input.key);
  const [text, password] = typeof input === "string" ? [input, undefined] : [input.key, input.passphrase];
  const [block] = parsePem(text);
  if (block === undefined) return handOver(beyond);
  const { label } = block;
  if (label === "ENCRYPTED PRIVATE KEY" && password !== undefined)
    return fromPrivateKeyInfo(decrypt(derOf(block), password));
  if (isEncrypted(block)) return handOver(beyond);
  try {
    if (label === "PRIVATE KEY") return fromPrivateKeyInfo(derOf(block));
    if (label === "RSA PRIVATE KEY") return rsaKey(derOf(block));
    if (label === "EC PRIVATE KEY") return ecKey(derOf(block), undefined);
  } catch {
    return handOver(beyond);
  }
  return handOver(beyond);
}

/** @throws Error with the code that Node.js uses for a wrong password */
function decrypt(der: Uint8Array, password: string): Uint8Array {
  try {
    return decryptPrivateKeyInfo(der, password, "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_PASSWORD") return handOver(beyond);
    throw Object.assign(new Error("bad decrypt"), { code: "ERR_OSSL_BAD_DECRYPT" });
  }
}

export function readPublicKey({ publicKey }: KeyObject) {
  return { export: () => publicKey };
}

function fromPrivateKeyInfo(der: Uint8Array): KeyObject {
  try {
    const { algorithm, parameters, privateKey } = parsePrivateKeyInfo(der);
    if (algorithm === rsaKeyOid) return rsaKey(privateKey);
    if (algorithm === ecKeyOid && parameters?.tag === tags.oid) return ecKey(privateKey, oidOf(parameters, "curve"));
  } catch {
    return handOver(beyond);
  }
  return handOver(beyond);
}

function rsaKey(der: Uint8Array): KeyObject {
  const publicKey = host.publicRsa(der);
  if (publicKey === undefined) return handOver(beyond);
  const algorithm = encodeElement(tags.sequence, encodeOid(rsaKeyOid), encodeElement(tags.null));
  return {
    asymmetricKeyType: "rsa",
    asymmetricKeyDetails: {},
    export: () => privateKeyInfo(algorithm, der),
    publicKey: publicKeyInfo(algorithm, publicKey),
    sign: (hash, data) => host.signRsa(hash, der, data),
  };
}

/** @param outer The curve outside of the `ECPrivateKey` (RFC 5915), which may also name it itself. */
function ecKey(der: Uint8Array, outer: string | undefined): KeyObject {
  const [version, secret, ...members] = sequenceOf(parseElement(der), "private key");
  const named = members.find(({ tag }) => tag === tags.context0);
  const oid = outer ?? (named === undefined ? undefined : oidOf(elementsOf(named)[0], "curve"));
  const curve = curves.find((one) => one.oid === oid);
  if (countOf(version, "version") !== 1 || curve === undefined) return handOver(beyond);
  const scalar = padded(octetsOf(secret, "private key"), curve);
  const given = members.find(({ tag }) => tag === tags.context1);
  const point = host.publicEc(curve.name, scalar, given === undefined ? undefined : pointIn(given));
  if (point === undefined) return handOver(beyond);
  const algorithm = encodeElement(tags.sequence, encodeOid(ecKeyOid), encodeOid(curve.oid));
  const exported = encodeElement(
    tags.sequence,
    encodeUnsigned(Uint8Array.of(1)),
    encodeElement(tags.octetString, scalar),
    encodeElement(tags.context1, encodeElement(tags.bitString, Uint8Array.of(0), point)),
  );
  return {
    asymmetricKeyType: "ec",
    asymmetricKeyDetails: { namedCurve: curve.openSsl },
    export: () => privateKeyInfo(algorithm, exported),
    publicKey: publicKeyInfo(algorithm, point),
    sign: (hash, data) => host.signEc(curve.name, hash, scalar, point, data),
  };
}

function pointIn(element: Element): Uint8Array | undefined {
  const bits = parseElement(element.content);
  return bits.tag === tags.bitString ? bits.content.subarray(1) : undefined;
}

/** Leading zeros may be missing or too many. */
function padded(secret: Uint8Array, { bytes }: Curve): Uint8Array {
  const digits = secret.subarray(Math.max(0, secret.length - bytes));
  return Buffer.concat([Buffer.alloc(bytes - digits.length), digits]);
}

function privateKeyInfo(algorithm: Uint8Array, key: Uint8Array): Buffer {
  const version = encodeUnsigned(Uint8Array.of(0));
  return asBuffer(encodeElement(tags.sequence, version, algorithm, encodeElement(tags.octetString, key)));
}

function publicKeyInfo(algorithm: Uint8Array, key: Uint8Array): Buffer {
  return asBuffer(encodeElement(tags.sequence, algorithm, encodeElement(tags.bitString, Uint8Array.of(0), key)));
}
