import { IdentityError } from "../../errors.js";
import { message, renderText, setting, variable } from "../../message.js";
import type { Text } from "../../message.js";
import { assembleIdentity } from "../assemble-identity.js";
import { type Certificate, certificateFromDer } from "../certificate/parsed.js";
import { readIntermediates } from "../intermediates.js";
import type { Identity } from "../identity.js";
import { readGivenPassword, withPassword } from "../password.js";
import { looksLikePkcs12, openPkcs12, type Pkcs12Contents } from "./open.js";
import { createPkcs8Signer } from "../pem/pkcs8-signer.js";
import { hasPublicKey } from "../certificate/public-key.js";
import type { NamedBytes } from "../read-file.js";
import type { Signer } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";

/** Key of the file with its certificate. */
export interface Pkcs12Entry {
  readonly signer: Signer;
  readonly certificate: Certificate;
}

/**
 * Loads key, certificate and chain from one PKCS#12 file; `undefined` if the bytes are not one.
 *
 * @throws IdentityError `ERR_PASSWORD`, `ERR_KEY`, `ERR_CERTIFICATE`, `ERR_KEY_MISMATCH`, `ERR_CHAIN`
 */
export async function loadPkcs12Identity(
  file: NamedBytes,
  source: IdentitySource,
  context: IdentityContext,
): Promise<Identity | undefined> {
  if (!looksLikePkcs12(file.bytes)) return undefined;
  const subject = message`PKCS#12 file ${file.name}`;
  const contents = await openWithPassword(file, subject, source, context);
  const certificates = parseCertificates(contents, subject);
  const [entry, ...others] = await pairEntries(contents, certificates, subject);
  if (entry === undefined) throw nothingInside(contents, subject);
  if (others.length > 0) {
    throw new IdentityError(
      "ERR_KEY",
      message`${subject} holds ${others.length + 1} keys with certificates, expected one`,
      {
        hints: [
          message`put it into a folder of its own, name that with ${setting("cert-store")} and choose with ${setting("cert-selector")}`,
        ],
      },
    );
  }
  const intermediates = await readIntermediates(source, context);
  const { signer, certificate } = entry;
  return assembleIdentity(
    { signer, certificates: [certificate, ...certificates], intermediates, certificateName: subject, keyName: subject },
    context,
  );
}

/**
 * Opens the file with the given password; else with an empty one, as most such files on servers have none, then asks.
 *
 * @throws IdentityError
 */
async function openWithPassword(
  { bytes }: NamedBytes,
  subject: Text,
  { pkcs12Password, passwordFile }: IdentitySource,
  context: IdentityContext,
): Promise<Pkcs12Contents> {
  const given = readGivenPassword({ given: pkcs12Password, file: passwordFile }, context);
  if (given !== undefined) return openPkcs12(bytes, given, subject);
  try {
    return await openPkcs12(bytes, "", subject);
  } catch (error) {
    if (!(error instanceof IdentityError) || error.code !== "ERR_PASSWORD") throw error;
    return withPassword(
      {
        given: undefined,
        file: undefined,
        key: renderText(subject),
        question: `Password of ${renderText(subject)}: `,
        missing: message`${subject} needs a password and none is given`,
        hint: message`name a file that holds it with ${setting("password-file")}, or set ${variable("pkcs12-password")}`,
      },
      context,
      (password) => openPkcs12(bytes, password, subject),
    );
  }
}

/** @throws IdentityError `ERR_CERTIFICATE` */
export function parseCertificates({ certificates }: Pkcs12Contents, subject: Text): readonly Certificate[] {
  return certificates.map((der) => {
    try {
      return certificateFromDer(der);
    } catch (error) {
      throw new IdentityError("ERR_CERTIFICATE", message`a certificate in ${subject} is damaged`, {
        cause: error,
        hints: ["export the file again"],
      });
    }
  });
}

/** Pairs each key with its certificate; leaves out keys without one. */
export async function pairEntries(
  { privateKeys }: Pick<Pkcs12Contents, "privateKeys">,
  certificates: readonly Certificate[],
  subject: Text,
): Promise<readonly Pkcs12Entry[]> {
  const entries: Pkcs12Entry[] = [];
  for (const der of privateKeys) {
    const signer = await createPkcs8Signer(der, message`the key in ${subject}`);
    const { publicKey } = signer;
    const certificate = certificates.find((one) => publicKey !== undefined && hasPublicKey(one, publicKey));
    if (certificate !== undefined) entries.push({ signer, certificate });
  }
  return entries;
}

function nothingInside({ privateKeys, certificates }: Pkcs12Contents, subject: Text): IdentityError {
  const hints = ["look inside with: openssl pkcs12 -info -nodes -in FILE"];
  if (privateKeys.length === 0)
    return new IdentityError("ERR_KEY", message`${subject} holds no private key`, { hints });
  if (certificates.length === 0)
    return new IdentityError("ERR_CERTIFICATE", message`${subject} holds no certificate`, { hints });
  return new IdentityError("ERR_KEY_MISMATCH", message`no certificate in ${subject} belongs to its private key`, {
    hints,
  });
}
