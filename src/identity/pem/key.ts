import { IdentityError } from "../../errors.js";
import { message, renderText, setting, variable } from "../../message.js";
import type { Text } from "../../message.js";
import { describeOrigin } from "../../origin.js";
import type { Certificate } from "../certificate/parsed.js";
import { hasPublicKey } from "../certificate/public-key.js";
import { type PasswordSources, withPassword } from "../password.js";
import { derOf, isEncrypted, isPrivateKeyLabel, parsePem, pemTextOf } from "./blocks.js";
import type { PemBlock } from "./blocks.js";
import { parsePrivateKey } from "../private-key.js";
import type { NamedBytes } from "../read-file.js";
import { type Signer, signerFromKey } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";

/**
 * Creates a signer for the private key of a PEM file: PKCS#1, SEC1 or PKCS#8, plain or encrypted, or a key for a TPM.
 *
 * @param sharedWithCertificate Whether the file is the certificate's, for the hint if it holds no key.
 * @param certificates If the file holds several keys, the one that belongs to one of these is used, else the first.
 * @throws IdentityError `ERR_KEY`, `ERR_PASSWORD`
 */
export async function createPemSigner(
  file: NamedBytes,
  source: IdentitySource,
  context: IdentityContext,
  sharedWithCertificate: boolean,
  certificates: readonly Certificate[] = [],
): Promise<Signer> {
  const [first, ...others] = keyBlocksIn(file);
  if (first === undefined || first.label === "OPENSSH PRIVATE KEY")
    throw (await import("./missing-block.js")).noKey(file, sharedWithCertificate);
  const open = (block: PemBlock) => openBlock(block, file, source, context);
  if (others.length === 0) return open(first);
  const belongs = ({ publicKey }: Signer) =>
    publicKey !== undefined && certificates.some((certificate) => hasPublicKey(certificate, publicKey));
  for (const block of [first, ...others]) {
    try {
      const signer = await open(block);
      if (belongs(signer)) return signer;
      await signer.close?.();
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
    }
  }
  return open(first);
}

async function openBlock(
  block: PemBlock,
  file: NamedBytes,
  source: IdentitySource,
  context: IdentityContext,
): Promise<Signer> {
  if (block.label === "TSS2 PRIVATE KEY") {
    return (await import("../tpm/key.js")).createTss2Signer(derOf(block), file.name, source, context);
  }
  if (isEncrypted(block))
    return withPassword(passwordSources(file, source), context, (password) => signerFrom(block, file, password));
  if (source.pkcs8Password !== undefined)
    context.debug(
      message`${describeOrigin(source.pkcs8Password.origin)} is not needed: the private key is not encrypted`,
    );
  return signerFrom(block, file, undefined);
}

async function signerFrom(block: PemBlock, file: NamedBytes, password: string | undefined): Promise<Signer> {
  const encryptedPkcs8 = block.label === "ENCRYPTED PRIVATE KEY";
  const subject = message`private key ${file.name}`;
  if (encryptedPkcs8) (await import("./pkcs8.js")).refuseCostlyEncryption(derOf(block), subject);
  const key = await parsePrivateKey(block, password, file.name);
  if (key !== "unknown") return signerFromKey(key, subject);
  if (block.label === "EC PRIVATE KEY") throw await refusalOfSec1(block, file.name);
  const { createPkcs8Signer } = await import("./pkcs8-signer.js");
  if (!encryptedPkcs8) return createPkcs8Signer(derOf(block), subject);
  const { decryptPrivateKeyInfo } = await import("./pkcs8.js");
  return createPkcs8Signer(decryptPrivateKeyInfo(derOf(block), password ?? "", subject), subject);
}

async function refusalOfSec1(block: PemBlock, name: Text): Promise<IdentityError> {
  const { findSec1Curve, refusalOfCurve } = await import("../asn1/ec-curve.js");
  const { damaged } = await import("./unreadable-key.js");
  const curve = findSec1Curve(derOf(block));
  return (
    (curve === undefined ? undefined : refusalOfCurve(curve, message`private key ${name}`)) ?? damaged(block, name)
  );
}

/** Tells whether the file's key takes a password; the file itself is then not secret. */
export function hasEncryptedKey(file: NamedBytes): boolean {
  return keyBlocksIn(file).some(isEncrypted);
}

function keyBlocksIn(file: NamedBytes): readonly PemBlock[] {
  return parsePem(pemTextOf(file, "private key")).filter(({ label }) => isPrivateKeyLabel(label));
}

export function passwordSources(file: NamedBytes, { pkcs8Password, passwordFile }: IdentitySource): PasswordSources {
  const name = renderText(file.name);
  return {
    given: pkcs8Password,
    file: passwordFile,
    key: `private key ${name}`,
    question: `Password of private key ${name}: `,
    missing: "the private key is encrypted and no password is given",
    hint: message`name a file that holds it with ${setting("password-file")}, or set ${variable("pkcs8-password")}`,
  };
}
