import { describeOrigin } from "../../origin.js";
import { assembleIdentity } from "../assemble-identity.js";
import type { Certificate } from "../certificate/parsed.js";
import { readIntermediates } from "../intermediates.js";
import { loadKey } from "../load-key.js";
import type { Identity } from "../identity.js";
import { isSameSource } from "../material-source.js";
import { parseCertificates } from "../pem/certificates.js";
import { TokenReader } from "./reader.js";
import { formatPkcs11Uri, type Pkcs11Uri } from "./uri.js";
import { readIdentityFile } from "../read-file.js";
import { closingOnFailure, type Signer } from "../signer.js";
import type { IdentityContext, NamedIdentitySource } from "../source.js";
import type { Text } from "../../message.js";

interface TokenCertificates {
  /** The named certificate; for a file, all of them, since the one with the key may be anywhere in it. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** Other certificates on the token, only for the chain. */
  readonly others: readonly Certificate[];
  readonly name: Text;
  /** Key to use if no URI names one: the one with the same id on the same token. */
  readonly keyUri: Pkcs11Uri | undefined;
}

/**
 * Loads an identity whose certificate, key or both are on a PKCS#11 token.
 *
 * @throws UsageError, IdentityError
 */
export async function loadTokenIdentity(source: NamedIdentitySource, context: IdentityContext): Promise<Identity> {
  const reader = new TokenReader(source, context);
  try {
    const found = await findCertificates(reader, source, context);
    const intermediates = await readIntermediates(source, context);
    const signer = await findSigner(reader, source, context, found);
    const keyName = (source.privateKey ?? source.certificate).value.label;
    const parts = {
      signer,
      certificates: found.certificates,
      intermediates: [...found.others, ...intermediates],
      certificateName: found.name,
      keyName,
    };
    return await closingOnFailure(signer, () => assembleIdentity(parts, context));
  } finally {
    // The signer of a token key keeps the library open.
    reader.close();
  }
}

async function findCertificates(
  reader: TokenReader,
  { certificate }: NamedIdentitySource,
  context: IdentityContext,
): Promise<TokenCertificates> {
  const uri = reader.uris.certificate;
  if (uri === undefined) {
    const file = await readIdentityFile(certificate, "certificate", context);
    return { certificates: await parseCertificates(file), others: [], name: file.name, keyUri: undefined };
  }
  const { leaf, others } = await reader.findCertificate(uri, describeOrigin(certificate.origin));
  const { object: _label, ...whole } = leaf.uri;
  const keyUri = leaf.id.length === 0 ? leaf.uri : whole;
  return { certificates: [leaf.certificate], others, name: formatPkcs11Uri(leaf.uri), keyUri };
}

async function findSigner(
  reader: TokenReader,
  source: NamedIdentitySource,
  context: IdentityContext,
  { certificates, keyUri }: TokenCertificates,
): Promise<Signer> {
  const { certificate, privateKey } = source;
  if (privateKey !== undefined && privateKey.value.kind !== "pkcs11") return loadKey(privateKey, source, context);
  const same = privateKey !== undefined && isSameSource(privateKey.value, certificate.value);
  const own = reader.uris.privateKey;
  const wanted = (same ? undefined : own) ?? keyUri ?? reader.uris.certificate ?? {};
  const where = describeOrigin((privateKey ?? certificate).origin);
  return reader.findKey([wanted, own ?? {}, reader.uris.certificate ?? {}], certificates, where);
}
