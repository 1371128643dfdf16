import { createPublicKey } from "node:crypto";
import { IdentityError } from "../../errors.js";
import { message } from "../../message.js";
import type { Text } from "../../message.js";
import { encodeElement, encodeUnsigned, tags } from "../asn1/der.js";
import { curves } from "../curves.js";
import { FieldReader, tpmSchemes } from "./command.js";

/** Public area of a TPM key (TPMT_PUBLIC). */
export interface TpmPublic {
  readonly kind: "rsa" | "ec";
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

const keyTypes = { rsa: 0x01, ec: 0x23 } as const;
const attributeBits = { restricted: 0x10000, sign: 0x40000 } as const;

/**
 * Parses a TPM2B_PUBLIC of a signing key.
 *
 * @throws IdentityError `ERR_KEY` for a key that cannot make the signatures that IAM Roles Anywhere needs
 */
export function parseTpmPublic(area: Uint8Array, subject: Text): TpmPublic {
  const fields = new FieldReader(new FieldReader(area).tpm2b());
  const type = fields.u16();
  fields.u16(); // name algorithm
  const attributes = fields.u32();
  fields.tpm2b(); // policy
  if (type !== keyTypes.rsa && type !== keyTypes.ec) throw unsuitable(subject, "is neither RSA nor EC");
  if ((attributes & attributeBits.sign) === 0) throw unsuitable(subject, "does not have the sign attribute");
  if ((attributes & attributeBits.restricted) !== 0)
    throw unsuitable(subject, "is restricted to data of the TPM's own");
  skipSymmetric(fields);
  const scheme = readScheme(fields);
  const expected = type === keyTypes.rsa ? tpmSchemes.rsassa : tpmSchemes.ecdsa;
  if (scheme !== tpmSchemes.null && scheme !== expected)
    throw unsuitable(
      subject,
      `is bound to signature scheme 0x${scheme.toString(16)}, expected ${type === keyTypes.rsa ? "RSASSA" : "ECDSA"}`,
    );
  try {
    return type === keyTypes.rsa ? readRsa(fields) : readEc(fields, subject);
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    throw new IdentityError(
      "ERR_KEY",
      message`the public area of ${subject} is damaged: it holds no usable public key`,
      {
        hints: ["make the key again, or copy its file again"],
      },
    );
  }
}

function skipSymmetric(fields: FieldReader): void {
  if (fields.u16() !== tpmSchemes.null) fields.take(4);
}

function readScheme(fields: FieldReader): number {
  const scheme = fields.u16();
  if (scheme !== tpmSchemes.null) fields.u16();
  return scheme;
}

function readRsa(fields: FieldReader): TpmPublic {
  fields.u16(); // bits
  const exponent = fields.u32() || 65_537;
  const exponentBytes = Buffer.from(exponent.toString(16).padStart(8, "0"), "hex");
  const pkcs1 = encodeElement(tags.sequence, encodeUnsigned(fields.tpm2b()), encodeUnsigned(exponentBytes));
  const key = createPublicKey({ key: Buffer.from(pkcs1), format: "der", type: "pkcs1" });
  return { kind: "rsa", publicKey: key.export({ format: "der", type: "spki" }) };
}

function readEc(fields: FieldReader, subject: Text): TpmPublic {
  const id = fields.u16();
  readScheme(fields); // key derivation
  const curve = curves.find(({ tpmId }) => tpmId === id);
  if (curve === undefined)
    throw unsuitable(subject, `is on curve 0x${id.toString(16)}, expected P-256, P-384 or P-521`);
  const coordinate = () => {
    const bytes = fields.tpm2b();
    return Buffer.concat([Buffer.alloc(Math.max(0, curve.bytes - bytes.length)), bytes]).toString("base64url");
  };
  const [x, y] = [coordinate(), coordinate()] as const;
  const key = createPublicKey({ key: { kty: "EC", crv: curve.name, x, y }, format: "jwk" });
  return { kind: "ec", publicKey: key.export({ format: "der", type: "spki" }) };
}

function unsuitable(subject: Text, what: string): IdentityError {
  return new IdentityError("ERR_KEY", message`${subject} ${what}`, {
    hints: [
      "make a signing key, for example: openssl genpkey -provider tpm2 -algorithm EC -pkeyopt group:P-256 -out key.pem",
    ],
  });
}
