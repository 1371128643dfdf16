import { IdentityError } from "../../errors.js";
import { message, renderText, setting, variable } from "../../message.js";
import type { Text } from "../../message.js";
import { describeOrigin } from "../../origin.js";
import { type PasswordSources, withPassword } from "../password.js";
import { derOf, isPrivateKeyLabel, looksLikeDer, parsePem, pemTextOf } from "./blocks.js";
import type { PemBlock } from "./blocks.js";
import { damaged, isEncrypted, parsePrivateKey } from "../private-key.js";
import type { NamedBytes } from "../read-file.js";
import { type Signer, signerFromKey } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";

/**
 * A signer over the private key in a PEM file: PKCS#1, SEC1 or PKCS#8, plain or encrypted, or a key that only a TPM opens.
 *
 * @param sharedWithCertificate Whether the file is the certificate's, for the hint if it holds no key.
 * @throws IdentityError `ERR_KEY`, `ERR_PASSWORD`
 */
export async function createPemSigner(
  file: NamedBytes,
  source: IdentitySource,
  context: IdentityContext,
  sharedWithCertificate: boolean,
): Promise<Signer> {
  const block = findKeyBlock(file, sharedWithCertificate);
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
  const key = parsePrivateKey(block, password, file.name);
  if (key !== "unknown") return signerFromKey(key, subject);
  if (block.label === "EC PRIVATE KEY") throw await refusalOfSec1(block, file.name);
  const { createPkcs8Signer } = await import("./pkcs8-signer.js");
  if (!encryptedPkcs8) return createPkcs8Signer(derOf(block), subject);
  const { decryptPrivateKeyInfo } = await import("./pkcs8.js");
  return createPkcs8Signer(decryptPrivateKeyInfo(derOf(block), password ?? "", subject), subject);
}

async function refusalOfSec1(block: PemBlock, name: Text): Promise<IdentityError> {
  const { findSec1Curve, refusalOfCurve } = await import("../asn1/ec-curve.js");
  const curve = findSec1Curve(derOf(block));
  return (
    (curve === undefined ? undefined : refusalOfCurve(curve, message`private key ${name}`)) ?? damaged(block, name)
  );
}

/** Whether the file's key takes a password; the file itself is no secret then. */
export function hasEncryptedKey(file: NamedBytes): boolean {
  return isEncrypted(findKeyBlock(file, true));
}

function findKeyBlock(file: NamedBytes, sharedWithCertificate: boolean): PemBlock {
  const blocks = parsePem(pemTextOf(file, "private key"));
  const key = blocks.find(({ label }) => isPrivateKeyLabel(label));
  if (key !== undefined && key.label !== "OPENSSH PRIVATE KEY") return key;
  const found = (fault: string, hint: Text) =>
    new IdentityError("ERR_KEY", message`${file.name} ${fault}, expected a PEM private key`, { hints: [hint] });
  if (key !== undefined)
    throw found("holds a key in OpenSSH's own format", 'convert a copy of it with "ssh-keygen -p -m PKCS8 -f COPY"');
  if (file.bytes.length === 0) throw found("is empty", "write the private key into it");
  const label = blocks[0]?.label;
  if (label !== undefined && label.endsWith("CERTIFICATE")) {
    throw found(
      "holds a certificate but no private key",
      sharedWithCertificate
        ? message`name the key's file with ${setting("private-key")}`
        : message`give the certificate to ${setting("certificate")} and the key to ${setting("private-key")}`,
    );
  }
  if (label !== undefined) throw found(`holds a ${label} block`, "name the file with the private key");
  if (looksLikeDer(file.bytes))
    throw found(
      "is binary",
      message`convert a DER key with "openssl pkey -inform der -in FILE -out NEW"; give a PKCS#12 file to ${setting("certificate")} alone`,
    );
  throw found("has no PEM block", "a PEM file has lines such as -----BEGIN PRIVATE KEY-----");
}

function passwordSources(file: NamedBytes, { pkcs8Password, passwordFile }: IdentitySource): PasswordSources {
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
