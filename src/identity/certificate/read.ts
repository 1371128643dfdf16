import { IdentityError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import type { Sourced } from "../../origin.js";
import type { MaterialSource } from "../material-source.js";
import { looksLikeDer } from "../pem/blocks.js";
import { parseCertificates } from "../pem/certificates.js";
import { withBinary } from "../pem/binary.js";
import { readIdentityFile } from "../read-file.js";
import type { IdentityContext, IdentitySource } from "../source.js";
import { type Certificate, nameOf } from "./parsed.js";
import { leavesOf } from "./pick-leaf.js";

type PickCertificate = (certificates: readonly [Certificate, ...Certificate[]], fileName: Text) => Certificate;

/**
 * Picks the certificate that is not an authority.
 *
 * @throws IdentityError `ERR_CERTIFICATE` if there are several, since only a key could decide
 */
export const pickLeaf: PickCertificate = (certificates, fileName) => {
  const [leaf = certificates[0], other] = leavesOf(certificates);
  if (other === undefined) return leaf;
  const names = [leaf, other].map((certificate) => `"${nameOf(certificate)}"`);
  throw new IdentityError(
    "ERR_CERTIFICATE",
    message`${fileName} holds several certificates that are not authorities: ${names.join(", ")}`,
    { hints: [message`give the key with ${setting("private-key")}, or name a file with one of them`] },
  );
};

/**
 * Reads the certificate of a file without its private key: the leaf of a PKCS#12 file, else what `pick` returns.
 *
 * @throws IdentityError `ERR_CERTIFICATE`, `ERR_PASSWORD`
 */
export async function readCertificate(
  certificate: Sourced<MaterialSource>,
  identity: IdentitySource,
  context: IdentityContext,
  pick: PickCertificate = ([first]) => first,
): Promise<Certificate> {
  const file = withBinary(await readIdentityFile(certificate, "certificate", context));
  if (looksLikeDer(file.bytes)) {
    const { loadPkcs12Identity } = await import("../pkcs12/identity.js");
    const found = await loadPkcs12Identity(file, identity, context);
    if (found !== undefined) return found.leaf;
  }
  return pick(await parseCertificates(file), file.name);
}
