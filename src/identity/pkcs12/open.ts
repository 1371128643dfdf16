import { IdentityError } from "../../errors.js";
import type { Text } from "../../message.js";
import { Asn1Error, countOf, type Element, octetsOf, parseElement, sequenceOf } from "../asn1/der.js";
import {
  type AlgorithmIdentifier,
  CostMeter,
  decryptCbc,
  decryptPbes2,
  parseAlgorithmIdentifier,
  parseEncryptedPrivateKeyInfo,
  parsePbes2,
  pbes2Oid,
  unsupportedScheme,
} from "../pem/pbe.js";
import {
  type Bag,
  parseAuthenticatedSafe,
  parseBags,
  parsePfx,
  passwordEncodings,
  type Pfx,
  type Pkcs12Password,
  verifyMac,
} from "./contents.js";
import { derivePkcs12, purposes } from "./kdf.js";
import { withoutCause, wrongPassword } from "../pem/pkcs8.js";

/** Content of a PKCS#12 file, in file order. */
export interface Pkcs12Contents {
  /** Unencrypted PKCS#8, DER. */
  readonly privateKeys: readonly Uint8Array[];
  /** X.509, DER. */
  readonly certificates: readonly Uint8Array[];
}

/** Password-based schemes of RFC 7292 appendix C that are still in use. */
const legacySchemes: Readonly<Record<string, { readonly keyLength: number; readonly cipher: "des" | "rc2" }>> = {
  "1.2.840.113549.1.12.1.3": { keyLength: 24, cipher: "des" },
  "1.2.840.113549.1.12.1.4": { keyLength: 16, cipher: "des" },
  "1.2.840.113549.1.12.1.5": { keyLength: 16, cipher: "rc2" },
  "1.2.840.113549.1.12.1.6": { keyLength: 5, cipher: "rc2" },
};

/** Tells whether the bytes have the outer structure of a PKCS#12 file. */
export function looksLikePkcs12(bytes: Uint8Array): boolean {
  try {
    parsePfx(bytes);
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens a PKCS#12 file.
 *
 * @param subject Names the file in errors, such as `PKCS#12 file "client.p12"`.
 * @throws IdentityError `ERR_PASSWORD` for a wrong password; `ERR_KEY` for a damaged file, an unsupported scheme or a
 *   cost beyond `costLimits`
 */
export async function openPkcs12(bytes: Uint8Array, password: string, subject: Text): Promise<Pkcs12Contents> {
  const pfx = withoutCause(subject, () => parsePfx(bytes));
  const meter = new CostMeter(subject);
  const candidates = fittingPasswords(pfx, password, meter, subject);
  for (const candidate of candidates) {
    const contents = await decryptContents(pfx, candidate, meter, subject);
    if (contents !== undefined) return contents;
  }
  throw wrongPassword(subject);
}

/** Returns the encodings that the MAC confirms; without a MAC, all of them. */
function fittingPasswords(pfx: Pfx, password: string, meter: CostMeter, subject: Text): readonly Pkcs12Password[] {
  const { mac } = pfx;
  const encodings = passwordEncodings(password);
  if (mac === undefined) return encodings;
  return withoutCause(subject, () => encodings.filter((encoding) => verifyMac(pfx, mac, encoding, meter, subject)));
}

async function decryptContents(
  pfx: Pfx,
  password: Pkcs12Password,
  meter: CostMeter,
  subject: Text,
): Promise<Pkcs12Contents | undefined> {
  const privateKeys: Uint8Array[] = [];
  const certificates: Uint8Array[] = [];
  try {
    for (const safe of parseAuthenticatedSafe(pfx.authenticatedSafe)) {
      const plain =
        safe.kind === "plain"
          ? safe.bags
          : await decrypt(
              parseAlgorithmIdentifier(safe.algorithm, "encryption"),
              safe.ciphertext,
              password,
              meter,
              subject,
            );
      if (plain === undefined) return undefined;
      for (const bag of parseBags(plain)) {
        if (bag.kind === "certificate") certificates.push(bag.der);
        else {
          const key = await keyOf(bag, password, meter, subject);
          if (key === undefined) return undefined;
          privateKeys.push(key);
        }
      }
    }
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    // Without a MAC, content that does not parse after decryption means a wrong password.
    if (pfx.mac === undefined) return undefined;
    return withoutCause(subject, () => {
      throw error;
    });
  }
  return { privateKeys, certificates };
}

async function keyOf(
  bag: Exclude<Bag, { kind: "certificate" }>,
  password: Pkcs12Password,
  meter: CostMeter,
  subject: Text,
): Promise<Uint8Array | undefined> {
  if (bag.kind === "key") return bag.der;
  const { algorithm, ciphertext } = parseEncryptedPrivateKeyInfo(bag.element);
  const plain = await decrypt(algorithm, ciphertext, password, meter, subject);
  return plain === undefined ? undefined : parseElement(plain).raw;
}

async function decrypt(
  { oid, parameters }: AlgorithmIdentifier,
  ciphertext: Uint8Array,
  password: Pkcs12Password,
  meter: CostMeter,
  subject: Text,
): Promise<Uint8Array | undefined> {
  if (oid === pbes2Oid) return decryptPbes2(parsePbes2(parameters, subject), ciphertext, password.utf8, meter);
  const scheme = Object.hasOwn(legacySchemes, oid) ? legacySchemes[oid] : undefined;
  if (scheme === undefined) throw unsupportedScheme(subject, `scheme ${oid}`);
  const { salt, iterations } = parsePbeParameters(parameters);
  meter.spendIterations(2 * iterations);
  const shared = { hash: "sha1", password: password.bmp, salt, iterations } as const;
  const key = derivePkcs12({ ...shared, purpose: purposes.key, length: scheme.keyLength });
  const iv = derivePkcs12({ ...shared, purpose: purposes.iv, length: 8 });
  if (scheme.cipher === "des") return decryptCbc("des-ede3-cbc", tripleKey(key), iv, ciphertext);
  return (await import("./rc2.js")).decryptRc2(key, iv, ciphertext, 8 * scheme.keyLength);
}

/** Repeats the first key of two-key 3DES as the third. */
function tripleKey(key: Uint8Array): Uint8Array {
  return key.length === 24 ? key : Buffer.concat([key, key.subarray(0, 8)]);
}

function parsePbeParameters(parameters: Element | undefined): { salt: Uint8Array; iterations: number } {
  const [salt, iterations] = sequenceOf(parameters, "encryption parameters");
  const count = countOf(iterations, "iteration count");
  if (count === 0) throw new Asn1Error("iteration count of zero");
  return { salt: octetsOf(salt, "salt"), iterations: count };
}
