import { type Certificate, nameOf } from "../../identity/certificate/parsed.js";
import type { CertificateFields } from "../../identity/certificate/fields.js";
import { endsSoon, formatSpan, noticeDays } from "../../identity/certificate/remaining-life.js";
import { curves } from "../../identity/curves.js";
import { mldsaSetOf } from "../../identity/mldsa/key.js";
import { findUnknownCritical, weakPssDigestOf } from "./critical-extensions.js";
import type { Finding } from "../finding.js";
import { fail, pass, warn } from "../finding.js";
import { signatureAlgorithms } from "./signature-algorithms.js";

/** A leaf, parsed for the rules. */
export interface Leaf {
  readonly certificate: Certificate;
  readonly fields: CertificateFields;
  readonly name: string;
}

const reissue = "have the certificate issued anew";

/** @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html */
export function checkVersion({ fields, name }: Leaf): Finding {
  if (fields.version === 3) return pass("CERTIFICATE_VERSION", name, "X.509 v3");
  return fail(
    "CERTIFICATE_VERSION",
    name,
    `X.509 v${fields.version}, expected v3`,
    `${reissue} as version 3, with extensions`,
  );
}

/** Warns if fewer than 30 days and at most a third of the lifetime are left. */
export function checkValidity({ fields, name }: Leaf, now: Date): Finding {
  const { notBefore, notAfter } = fields;
  if (now > notAfter)
    return fail(
      "CERTIFICATE_VALIDITY",
      name,
      `expired on ${notAfter.toISOString()}`,
      "renew the certificate and put it in the same place",
    );
  if (now < notBefore)
    return fail(
      "CERTIFICATE_VALIDITY",
      name,
      `valid only from ${notBefore.toISOString()}`,
      "check the clock of this machine, or wait until then",
    );
  const left = `${formatSpan(notAfter.getTime() - now.getTime())} left, until ${notAfter.toISOString()}`;
  if (endsSoon(fields, now, noticeDays.check))
    return warn("CERTIFICATE_VALIDITY", name, left, "renew it soon; renewal by a timer is safest");
  return pass("CERTIFICATE_VALIDITY", name, left);
}

export function checkAuthority({ fields, name }: Leaf): Finding {
  if (fields.basicConstraints?.ca === true) {
    return fail(
      "CERTIFICATE_AUTHORITY",
      name,
      "a certificate authority (CA:TRUE), expected an end-entity certificate",
      "give the leaf to --certificate and the authority to --intermediates",
    );
  }
  return pass(
    "CERTIFICATE_AUTHORITY",
    name,
    fields.basicConstraints === undefined ? "no basicConstraints: an end-entity certificate" : "CA:FALSE",
  );
}

/** Uses the DER, since `keyUsage` of the runtime is the extended key usage. */
export function checkKeyUsage({ fields: { keyUsage }, name }: Leaf): Finding {
  if (keyUsage?.includes("digitalSignature") === true) return pass("KEY_USAGE", name, keyUsage.join(", "));
  const found =
    keyUsage === undefined ? "no keyUsage extension" : `keyUsage ${keyUsage.join(", ") || "without any bit"}`;
  return fail("KEY_USAGE", name, `${found}, expected digitalSignature`, `${reissue} with keyUsage digitalSignature`);
}

const clientAuth = "1.3.6.1.5.5.7.3.2";
const anyUsage = "2.5.29.37.0";

/** Only warns, since the documentation of the service requires no extended key usage. */
export function checkExtendedKeyUsage({ fields: { extendedKeyUsage }, name }: Leaf): Finding {
  const code = "EXTENDED_KEY_USAGE";
  if (extendedKeyUsage === undefined) return pass(code, name, "absent, which the service accepts");
  if (extendedKeyUsage.includes(clientAuth) || extendedKeyUsage.includes(anyUsage))
    return pass(code, name, "clientAuth");
  return warn(
    code,
    name,
    `${extendedKeyUsage.join(", ")}, without clientAuth`,
    "AWS does not ask for clientAuth, but some setups were refused for want of it: add it at the next renewal",
  );
}

export function checkSubject({ fields, name, certificate }: Leaf): Finding {
  if (fields.subjectIsEmpty)
    return fail(
      "CERTIFICATE_SUBJECT",
      name,
      "the subject is empty, expected at least a CN",
      `${reissue} with a subject; a subject alternative name does not replace it`,
    );
  return pass("CERTIFICATE_SUBJECT", name, nameOf(certificate));
}

/** RFC 5280 requires readers to reject a certificate with an unknown critical extension. */
export function checkExtensions({ certificate, name }: Leaf): Finding {
  const unknown = findUnknownCritical(certificate.der);
  if (unknown.length === 0) return pass("CERTIFICATE_EXTENSIONS", name, "no critical extension of an unknown kind");
  return fail(
    "CERTIFICATE_EXTENSIONS",
    name,
    `critical extension ${unknown.join(", ")}, expected those of RFC 5280 alone`,
    `${reissue} without it, or with it marked as not critical`,
  );
}

export function checkSignature({ fields, name, certificate }: Leaf): Finding {
  const algorithm = Object.hasOwn(signatureAlgorithms, fields.signatureAlgorithm)
    ? signatureAlgorithms[fields.signatureAlgorithm]
    : undefined;
  const weakPss = algorithm?.name === "RSASSA-PSS" ? weakPssDigestOf(certificate.der) : undefined;
  const suffix = weakPss === undefined ? "" : ` with ${weakPss}`;
  const found = `${algorithm?.name ?? `algorithm ${fields.signatureAlgorithm}`}${suffix}`;
  if (weakPss === undefined && algorithm?.accepted === true) return pass("CERTIFICATE_SIGNATURE", name, found);
  if (algorithm === undefined)
    return warn(
      "CERTIFICATE_SIGNATURE",
      name,
      `signed with ${found}, which this check does not know`,
      "IAM Roles Anywhere takes RSA, ECDSA and ML-DSA with SHA-256 or stronger",
    );
  return fail(
    "CERTIFICATE_SIGNATURE",
    name,
    `signed with ${found}, expected SHA-256 or stronger`,
    `${reissue} by an authority that signs with SHA-256`,
  );
}

/** Returns undefined if the runtime does not know the type of the key. */
function publicKeyOf({ x509 }: Certificate): Certificate["x509"]["publicKey"] | undefined {
  try {
    return x509.publicKey;
  } catch {
    return undefined;
  }
}

export function checkKeyType({ certificate, fields, name }: Leaf): Finding {
  const code = "KEY_TYPE";
  const mldsa = mldsaSetOf(fields.publicKeyAlgorithm);
  if (mldsa !== undefined) return pass(code, name, mldsa);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKeyOf(certificate) ?? {};
  const hint = `${reissue} for a key of RSA 2048 or more, P-256, P-384 or P-521`;
  if (type === "rsa") {
    const bits = details?.modulusLength ?? 0;
    return bits >= 2048
      ? pass(code, name, `RSA ${bits}`)
      : warn(code, name, `RSA ${bits}, which is too short to be safe`, hint);
  }
  const curve = curves.find(({ openSsl }) => openSsl === details?.namedCurve);
  if (type === "ec" && curve !== undefined) return pass(code, name, `EC ${curve.name}`);
  return fail(
    code,
    name,
    `${type === "ec" ? `EC on curve ${details?.namedCurve ?? "unknown"}` : (type ?? `type ${fields.publicKeyAlgorithm}`)}, which the service does not take`,
    hint,
  );
}

/** Reports the serial number in decimal, as in requests, and in hexadecimal, as in session names. */
export function checkSerial({ certificate: { serialNumber }, name }: Leaf): Finding {
  if (serialNumber <= 0n)
    return (serialNumber < 0n ? fail : warn)(
      "CERTIFICATE_SERIAL",
      name,
      `serial number ${serialNumber}, expected a positive number`,
      `${reissue} with a positive serial number (RFC 5280 section 4.1.2.2)`,
    );
  const hex = serialNumber.toString(16);
  return pass("CERTIFICATE_SERIAL", name, `${serialNumber} (hex ${hex.length % 2 === 0 ? hex : `0${hex}`})`);
}
