import { IdentityError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import type { Certificate } from "./parsed.js";
import type { CertificateFields } from "./fields.js";
import { parseCertificateFields } from "./fields.js";
import { endsSoon, formatSpan, noticeDays } from "./remaining-life.js";

/**
 * Refuses a leaf that the service is known to refuse: outside its validity, not version 3, a CA, or without the
 * digitalSignature key usage.
 *
 * @returns A remark if the certificate expires within seven days and a third of its life.
 * @throws IdentityError `ERR_CERTIFICATE_EXPIRED`, `ERR_CERTIFICATE_NOT_YET_VALID`, `ERR_CERTIFICATE_UNSUITABLE`
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
 */
export function refuseUnsuitable(leaf: Certificate, name: Text, now: Date): Text | undefined {
  const fields = parseFields(leaf, name);
  refuseDates(fields, name, now);
  const { version, basicConstraints, keyUsage } = fields;
  if (leaf.serialNumber < 0n)
    throw unsuitable(
      name,
      `has the serial number ${leaf.serialNumber}, expected a positive one (RFC 5280, section 4.1.2.2)`,
      "have it issued anew with a positive serial number",
    );
  if (version !== 3) throw unsuitable(name, `is an X.509 v${version} certificate, expected v3`);
  if (basicConstraints?.ca === true) {
    throw unsuitable(
      name,
      "is a certificate authority (CA:TRUE), expected an end-entity certificate",
      message`give the leaf certificate to ${setting("certificate")} and the authority's to ${setting("intermediates")}`,
    );
  }
  if (keyUsage === undefined) throw unsuitable(name, "has no keyUsage extension, expected digitalSignature in it");
  if (!keyUsage.includes("digitalSignature")) {
    throw unsuitable(
      name,
      `has keyUsage ${keyUsage.join(", ") || "without any bit"}, expected digitalSignature among them`,
    );
  }
  if (!endsSoon(fields, now, noticeDays.renewal)) return undefined;
  const left = formatSpan(fields.notAfter.getTime() - now.getTime());
  return message`certificate ${name} expires in ${left} (notAfter ${fields.notAfter.toISOString()})`;
}

function parseFields(leaf: Certificate, name: Text): CertificateFields {
  try {
    return parseCertificateFields(leaf.der);
  } catch {
    throw new IdentityError("ERR_CERTIFICATE", message`certificate ${name} is damaged: its DER does not decode`, {
      hints: ['check it with "openssl x509 -in CERTIFICATE -noout -text"'],
    });
  }
}

function refuseDates({ notBefore, notAfter }: CertificateFields, name: Text, now: Date): void {
  if (now > notAfter) {
    throw new IdentityError(
      "ERR_CERTIFICATE_EXPIRED",
      message`certificate ${name} expired ${formatSpan(now.getTime() - notAfter.getTime())} ago (notAfter ${notAfter.toISOString()})`,
      {
        hints: [
          "renew the certificate and put it in the same place",
          "if it should still be valid, check the clock of this machine",
        ],
      },
    );
  }
  if (now < notBefore) {
    throw new IdentityError(
      "ERR_CERTIFICATE_NOT_YET_VALID",
      message`certificate ${name} is not valid yet: it becomes valid in ${formatSpan(notBefore.getTime() - now.getTime())} (notBefore ${notBefore.toISOString()})`,
      {
        hints: ["check the clock of this machine, or wait until then"],
      },
    );
  }
}

function unsuitable(
  name: Text,
  fault: string,
  hint: Text = "have it issued anew with keyUsage digitalSignature and basicConstraints CA:FALSE",
): IdentityError {
  return new IdentityError("ERR_CERTIFICATE_UNSUITABLE", message`certificate ${name} ${fault}`, {
    hints: [hint, 'look at it with "openssl x509 -in CERTIFICATE -noout -text"'],
  });
}
