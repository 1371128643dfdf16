import { createHash, createPublicKey } from "node:crypto";
import { IdentityError } from "../../errors.js";
import { joinEcdsa } from "../asn1/ecdsa-signature.js";
import { encodeElement, encodeOid, encodeUnsigned, octetsOf, parseElement, tags } from "../asn1/der.js";
import { ecKeyOid } from "../asn1/ec-curve.js";
import { curves } from "../curves.js";
import { attributes, findObjects, objectClasses, readAttribute, type TokenObject, type TokenSession } from "./token.js";
import { type Digest, digests, type Signer } from "../signer.js";

const keyTypes = { rsa: 0, ec: 3 } as const;
const mechanisms = { rsaPkcs: 0x1, ecdsa: 0x1041 } as const;
/** Mechanisms that hash and sign: some tokens refuse the plain one. */
const hashingMechanisms: Readonly<Record<Digest, number>> = { SHA256: 0x40, SHA384: 0x41, SHA512: 0x42 };

/** Prefix of a DigestInfo (RFC 8017, section 9.2) for each hash. */
const digestInfoPrefixes: Readonly<Record<Digest, string>> = {
  SHA256: "3031300d060960864801650304020105000420",
  SHA384: "3041300d060960864801650304020205000430",
  SHA512: "3051300d060960864801650304020305000440",
};

/** Logs in for one signature, for keys that ask each time. */
export type ContextLogin = () => Promise<void>;

/**
 * Creates a signer for a private key on a token. Each signature is one operation of the token.
 *
 * @throws IdentityError `ERR_KEY` for a key that is neither RSA nor EC
 */
export function createPkcs11Signer(session: TokenSession, key: TokenObject, contextLogin: ContextLogin): Signer {
  const { api } = session.module;
  const keyType = readAttribute(session.module, session.handle, key.handle, attributes.keyType)?.readUInt8(0);
  const always =
    readAttribute(session.module, session.handle, key.handle, attributes.alwaysAuthenticate)?.readUInt8(0) === 1;
  if (keyType !== keyTypes.rsa && keyType !== keyTypes.ec) {
    throw new IdentityError("ERR_KEY", `the key on the token is of type ${keyType ?? "unknown"}, expected RSA or EC`, {
      hints: ["list the token's objects with: pkcs11-tool --login --list-objects"],
    });
  }
  const offered = new Set(api.C_GetMechanismList(session.token.slot));

  async function operate(mechanism: number, data: Uint8Array): Promise<Uint8Array> {
    api.C_SignInit(session.handle, { mechanism }, key.handle);
    if (always) await contextLogin();
    return api.C_Sign(session.handle, Buffer.from(data), Buffer.alloc(1024));
  }

  return {
    algorithm: keyType === keyTypes.rsa ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256",
    publicKey: publicKeyOf(session, key, keyType),
    sign: async (message, { digest = "SHA256" } = {}) => {
      const hash = createHash(digests[digest]).update(message).digest();
      if (keyType === keyTypes.ec) {
        const size = curveSize(session, key) ?? hash.length;
        return joinEcdsa(await operate(mechanisms.ecdsa, hash.subarray(0, size)));
      }
      if (offered.has(hashingMechanisms[digest])) return operate(hashingMechanisms[digest], message);
      return operate(mechanisms.rsaPkcs, Buffer.concat([Buffer.from(digestInfoPrefixes[digest], "hex"), hash]));
    },
  };
}

function curveSize({ module, handle }: TokenSession, key: TokenObject): number | undefined {
  const curve = readAttribute(module, handle, key.handle, attributes.ecParams);
  return curves.find(({ oid }) => curve?.equals(encodeOid(oid)) === true)?.bytes;
}

/** Reads the public key from the token: RSA from the private key, EC from a public key with the same id, if any. */
function publicKeyOf(session: TokenSession, key: TokenObject, keyType: number): Uint8Array | undefined {
  const { module, handle } = session;
  if (keyType === keyTypes.rsa) {
    const modulus = readAttribute(module, handle, key.handle, attributes.modulus);
    const exponent = readAttribute(module, handle, key.handle, attributes.publicExponent);
    if (modulus === undefined || exponent === undefined) return undefined;
    const pkcs1 = Buffer.from(encodeElement(tags.sequence, encodeUnsigned(modulus), encodeUnsigned(exponent)));
    return createPublicKey({ key: pkcs1, format: "der", type: "pkcs1" }).export({ format: "der", type: "spki" });
  }
  const twin = findObjects(session, objectClasses.publicKey, { id: key.id })[0];
  const curve = readAttribute(module, handle, key.handle, attributes.ecParams);
  const point = twin === undefined ? undefined : readAttribute(module, handle, twin.handle, attributes.ecPoint);
  if (key.id.length === 0 || curve === undefined || point === undefined) return undefined;
  // SubjectPublicKeyInfo of RFC 5480; the token wraps the point in an OCTET STRING.
  const bits = Buffer.concat([Uint8Array.of(0), unwrapPoint(point)]);
  return encodeElement(
    tags.sequence,
    encodeElement(tags.sequence, encodeOid(ecKeyOid), curve),
    encodeElement(tags.bitString, bits),
  );
}

function unwrapPoint(point: Uint8Array): Uint8Array {
  try {
    return octetsOf(parseElement(point), "EC point");
  } catch {
    return point; // some tokens return it unwrapped
  }
}
