import { describeOrigin } from "../../origin.js";
import { assembleIdentity } from "../assemble-identity.js";
import type { Certificate } from "../certificate/parsed.js";
import { closingOnFailure, isTpmHandle, readIntermediates } from "../file-identity.js";
import type { Identity } from "../identity.js";
import { isSameSource } from "../material-source.js";
import { parseCertificates } from "../pem/certificates.js";
import { createPemSigner } from "../pem/key.js";
import { TokenReader } from "./reader.js";
import { formatPkcs11Uri, type Pkcs11Uri } from "./uri.js";
import { readIdentityFile } from "../read-file.js";
import type { Signer } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";
import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";

interface TokenCertificates {
  /** The certificate that is named; of a file, all of them, since the one over the key may stand anywhere in it. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** Others on the token, for the chain alone. */
  readonly others: readonly Certificate[];
  readonly name: Text;
  /** Which key goes with it, when no URI says so: the one with the same id on the same token. */
  readonly keyUri: Pkcs11Uri | undefined;
}

/**
 * An identity whose certificate, key or both a PKCS#11 token holds.
 *
 * @throws UsageError, IdentityError
 */
export async function loadTokenIdentity(source: IdentitySource, context: IdentityContext): Promise<Identity> {
  const reader = new TokenReader(source, context);
  try {
    const found = await findCertificates(reader, source, context);
    const intermediates = await readIntermediates(source, context);
    const signer = await findSigner(reader, source, context, found);
    const keyName = (source.privateKey ?? source.certificate)?.value.label ?? "on the token";
    const parts = {
      signer,
      certificates: found.certificates,
      intermediates: [...found.others, ...intermediates],
      certificateName: found.name,
      keyName,
    };
    return await closingOnFailure(signer, () => assembleIdentity(parts, context));
  } finally {
    // The signer of a token key keeps the library open for itself.
    reader.close();
  }
}

async function findCertificates(
  reader: TokenReader,
  { certificate }: IdentitySource,
  context: IdentityContext,
): Promise<TokenCertificates> {
  if (certificate === undefined) {
    throw new UsageError("ERR_SETTING", message`a private key is given, but ${setting("certificate")} is missing`, {
      hints: [message`give the certificate with ${setting("certificate")}, a file or a pkcs11: URI`],
    });
  }
  const uri = reader.uris.certificate;
  if (uri === undefined) {
    const file = await readIdentityFile(certificate, "certificate", context);
    return { certificates: parseCertificates(file), others: [], name: file.name, keyUri: undefined };
  }
  const { leaf, others } = await reader.findCertificate(uri, describeOrigin(certificate.origin));
  const { object: _label, ...whole } = leaf.uri;
  const keyUri = leaf.id.length === 0 ? leaf.uri : whole;
  return { certificates: [leaf.certificate], others, name: formatPkcs11Uri(leaf.uri), keyUri };
}

async function findSigner(
  reader: TokenReader,
  source: IdentitySource,
  context: IdentityContext,
  { certificates, keyUri }: TokenCertificates,
): Promise<Signer> {
  const { certificate, privateKey } = source;
  if (privateKey !== undefined && privateKey.value.kind !== "pkcs11") {
    if (isTpmHandle(privateKey))
      return (await import("../tpm/key.js")).createTpmHandleSigner(privateKey, source, context);
    return createPemSigner(await readIdentityFile(privateKey, "private key", context), source, context, false);
  }
  const same =
    privateKey !== undefined && certificate !== undefined && isSameSource(privateKey.value, certificate.value);
  const own = reader.uris.privateKey;
  const wanted = (same ? undefined : own) ?? keyUri ?? reader.uris.certificate ?? {};
  const where = describeOrigin((privateKey ?? certificate)?.origin ?? { kind: "default" });
  return reader.findKey([wanted, own ?? {}, reader.uris.certificate ?? {}], certificates, where);
}
