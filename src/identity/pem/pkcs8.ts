import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import { Asn1Error, octetsOf, oidOf, parseElement, sequenceOf, countOf, type Element } from "../asn1/der.js";
import {
  checkCost,
  CostMeter,
  decryptPbes2,
  parseEncryptedPrivateKeyInfo,
  parsePbes2,
  pbes2Oid,
  unsupportedScheme,
  type Pbes2,
} from "./pbe.js";

/** PKCS#8 `PrivateKeyInfo` (RFC 5958): the kind of key and its encoding. */
export interface PrivateKeyInfo {
  readonly algorithm: string;
  readonly parameters: Element | undefined;
  readonly privateKey: Uint8Array;
}

/** @throws Asn1Error */
export function parsePrivateKeyInfo(der: Uint8Array): PrivateKeyInfo {
  const [version, algorithm, privateKey] = sequenceOf(parseElement(der), "private key");
  if (countOf(version, "private key version") > 1) throw new Asn1Error("private key version above 1");
  const [oid, parameters] = sequenceOf(algorithm, "private key algorithm");
  return {
    algorithm: oidOf(oid, "private key algorithm"),
    parameters,
    privateKey: octetsOf(privateKey, "private key"),
  };
}

/**
 * Decrypts an `EncryptedPrivateKeyInfo` by PBES2 to the DER of its `PrivateKeyInfo`.
 *
 * @param subject Names the key in errors, such as `private key "client.key"`.
 * @throws IdentityError `ERR_PASSWORD` for a wrong password, `ERR_KEY` for a damaged file, a key derivation beyond
 *   `costLimits`, or a scheme that is not supported. No error carries key material.
 */
export function decryptPrivateKeyInfo(der: Uint8Array, password: string, subject: Text): Uint8Array {
  const { scheme, ciphertext } = readEncryption(der, subject);
  const plaintext = withoutCause(subject, () =>
    decryptPbes2(scheme, ciphertext, Buffer.from(password, "utf8"), new CostMeter(subject)),
  );
  if (plaintext === undefined || !isPrivateKeyInfo(plaintext)) throw wrongPassword(subject);
  return plaintext;
}

/**
 * Refuses an encrypted private key whose key derivation exceeds `costLimits`, for decoders without limits.
 *
 * @throws IdentityError `ERR_KEY`
 */
export function refuseCostlyEncryption(der: Uint8Array, subject: Text): void {
  withoutCause(subject, () => {
    const { algorithm } = parseEncryptedPrivateKeyInfo(parseElement(der));
    const meter = new CostMeter(subject);
    if (algorithm.oid === pbes2Oid) return checkCost(parsePbes2(algorithm.parameters, subject).derivation, meter);
    const [, iterations] = sequenceOf(algorithm.parameters, "encryption parameters");
    meter.spendIterations(countOf(iterations, "iteration count"));
  });
}

function readEncryption(der: Uint8Array, subject: Text): { scheme: Pbes2; ciphertext: Uint8Array } {
  return withoutCause(subject, () => {
    const { algorithm, ciphertext } = parseEncryptedPrivateKeyInfo(parseElement(der));
    if (algorithm.oid !== pbes2Oid) throw unsupportedScheme(subject, `scheme ${algorithm.oid}`);
    return { scheme: parsePbes2(algorithm.parameters, subject), ciphertext };
  });
}

function isPrivateKeyInfo(der: Uint8Array): boolean {
  try {
    parsePrivateKeyInfo(der);
    return true;
  } catch {
    return false;
  }
}

export function wrongPassword(subject: Text): IdentityError {
  return new IdentityError("ERR_PASSWORD", message`the password does not open ${subject}`, {
    hints: ["check the password, also for a trailing blank or line end in its file or variable"],
  });
}

/**
 * Turns a parse error into an IdentityError that says what is wrong and where. Drops the error itself: its text could
 * hold parts of a secret file.
 */
export function withoutCause<T>(subject: Text, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const what = error instanceof Asn1Error ? error.message : "its content is damaged";
    // oxlint-disable-next-line preserve-caught-error -- the cause could carry key material
    throw new IdentityError("ERR_KEY", message`${subject} cannot be read: ${what}`, {
      hints: ["check that the file is complete, or export it again"],
    });
  }
}
