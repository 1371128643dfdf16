import { IdentityError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { Asn1Error } from "../asn1/der.js";
import { type Certificate, certificateFromDer } from "../certificate/parsed.js";
import type { NamedBytes } from "../read-file.js";
import { derOf, isBinary, parsePem, pemTextOf, type PemBlock } from "./blocks.js";

/** @throws IdentityError `ERR_CERTIFICATE` */
export async function parseCertificates(file: NamedBytes): Promise<[Certificate, ...Certificate[]]> {
  const [first, ...rest] = parsePem(pemTextOf(file, "certificate")).filter(
    ({ label }) => label === "CERTIFICATE" || label === "X509 CERTIFICATE" || label === "TRUSTED CERTIFICATE",
  );
  if (first === undefined) throw (await import("./missing-block.js")).noCertificate(file);
  return [parseCertificate(first, file), ...rest.map((block) => parseCertificate(block, file))];
}

/**
 * Parses intermediates: none from an empty file, and from a PKCS#7 bundle all that it holds.
 *
 * @throws IdentityError `ERR_CHAIN`, `ERR_CERTIFICATE`
 */
export async function parseIntermediates(file: NamedBytes): Promise<readonly Certificate[]> {
  if (file.bytes.every((byte) => byte <= 0x20)) return [];
  if (isBinary(file.bytes)) return readBundle(file);
  const stray = parsePem(pemTextOf(file, "certificate")).find(({ label }) => !label.endsWith("CERTIFICATE"));
  if (stray === undefined) return parseCertificates(file);
  if (stray.label === "PKCS7" || stray.label === "CMS") return readBundle(file);
  throw new IdentityError(
    "ERR_CHAIN",
    message`intermediates file ${file.name} holds a ${stray.label} block, expected certificates only`,
    {
      hints: [
        stray.label === "X509 CRL"
          ? "leave the revocation list out of it"
          : message`leave keys out of the file that ${setting("intermediates")} names`,
      ],
    },
  );
}

async function readBundle(file: NamedBytes): Promise<readonly Certificate[]> {
  return (await import("./pkcs7.js")).readPkcs7Certificates(file);
}

function parseCertificate(block: PemBlock, file: NamedBytes): Certificate {
  try {
    return certificateFromDer(derOf(block));
  } catch (error) {
    throw new IdentityError(
      "ERR_CERTIFICATE",
      message`certificate in ${file.name} is damaged: ${error instanceof Asn1Error ? error.message : "its PEM block does not decode"}`,
      {
        cause: error,
        hints: ['check it with "openssl x509 -in CERTIFICATE -noout -text"'],
      },
    );
  }
}
