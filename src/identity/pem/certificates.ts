import { IdentityError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { certificateFromDer } from "../certificate/parsed.js";
import type { Certificate } from "../certificate/parsed.js";
import { derOf, isPrivateKeyLabel, looksLikeDer, parsePem, pemTextOf } from "./blocks.js";
import type { PemBlock } from "./blocks.js";
import type { NamedBytes } from "../read-file.js";

/** @throws IdentityError `ERR_CERTIFICATE` */
export function parseCertificates(file: NamedBytes): [Certificate, ...Certificate[]] {
  const blocks = parsePem(pemTextOf(file, "certificate"));
  const [first, ...rest] = blocks.filter(
    ({ label }) => label === "CERTIFICATE" || label === "X509 CERTIFICATE" || label === "TRUSTED CERTIFICATE",
  );
  if (first === undefined) throw noCertificate(file, blocks);
  return [parseCertificate(first, file), ...rest.map((block) => parseCertificate(block, file))];
}

/**
 * An empty file holds no intermediates.
 *
 * @throws IdentityError `ERR_CHAIN`, `ERR_CERTIFICATE`
 */
export function parseIntermediates(file: NamedBytes): readonly Certificate[] {
  if (file.bytes.every((byte) => byte <= 0x20)) return [];
  const stray = parsePem(pemTextOf(file, "certificate")).find(({ label }) => !label.endsWith("CERTIFICATE"));
  if (stray !== undefined) {
    throw new IdentityError(
      "ERR_CHAIN",
      message`intermediates file ${file.name} holds a ${stray.label} block, expected certificates only`,
      {
        hints: [message`leave keys out of the file that ${setting("intermediates")} names`],
      },
    );
  }
  return parseCertificates(file);
}

function parseCertificate(block: PemBlock, file: NamedBytes): Certificate {
  try {
    return certificateFromDer(derOf(block));
  } catch (error) {
    throw new IdentityError(
      "ERR_CERTIFICATE",
      message`certificate in ${file.name} is damaged: its PEM block does not decode`,
      {
        cause: error,
        hints: ['check it with "openssl x509 -in CERTIFICATE -noout -text"'],
      },
    );
  }
}

function noCertificate(file: NamedBytes, blocks: readonly PemBlock[]): IdentityError {
  const label = blocks[0]?.label;
  const found = (fault: string, hint: Text) =>
    new IdentityError("ERR_CERTIFICATE", message`${file.name} ${fault}, expected a PEM certificate`, { hints: [hint] });
  if (file.bytes.length === 0) return found("is empty", "write the certificate into it");
  if (label !== undefined && isPrivateKeyLabel(label))
    return found(
      "holds a private key",
      message`give the key to ${setting("private-key")} and the certificate to ${setting("certificate")}`,
    );
  if (label === "CERTIFICATE REQUEST" || label === "NEW CERTIFICATE REQUEST")
    return found("holds a certificate request", "have it signed by your certificate authority first");
  if (label !== undefined) return found(`holds a ${label} block`, "name the file with a CERTIFICATE block");
  if (looksLikeDer(file.bytes))
    return found(
      "is binary",
      message`a DER certificate: convert it with "openssl x509 -inform der -in FILE -out NEW"; a PKCS#12 file: give it to ${setting("certificate")} alone, without ${setting("private-key")}`,
    );
  return found("has no PEM block", "a PEM file has lines such as -----BEGIN CERTIFICATE-----");
}
