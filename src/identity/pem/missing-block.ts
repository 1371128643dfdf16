import { IdentityError } from "../../errors.js";
import { message, setting, type Text } from "../../message.js";
import type { NamedBytes } from "../read-file.js";
import { isPrivateKeyLabel, looksLikeDer, parsePem, pemTextOf } from "./blocks.js";
import { binaryIn, isPkcs7 } from "./binary.js";

/** Creates the error for a file without a certificate. */
export function noCertificate(file: NamedBytes): IdentityError {
  const text = pemTextOf(file, "certificate");
  const label = parsePem(text)[0]?.label;
  const other = findOtherFormat(file.bytes, text);
  const found = (fault: string, hint: Text) =>
    new IdentityError("ERR_CERTIFICATE", message`${file.name} ${fault}, expected a PEM certificate`, { hints: [hint] });
  if (file.bytes.length === 0) return found("is empty", "write the certificate into it");
  if (other !== undefined) return found(other.fault, other.hint);
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

/** Creates the error for a file without a readable private key. */
export function noKey(file: NamedBytes, sharedWithCertificate: boolean): IdentityError {
  const text = pemTextOf(file, "private key");
  const blocks = parsePem(text);
  const found = (fault: string, hint: Text) =>
    new IdentityError("ERR_KEY", message`${file.name} ${fault}, expected a PEM private key`, { hints: [hint] });
  if (blocks.some(({ label }) => label === "OPENSSH PRIVATE KEY"))
    return found("holds a key in OpenSSH's own format", 'convert a copy of it with "ssh-keygen -p -m PKCS8 -f COPY"');
  if (file.bytes.length === 0) return found("is empty", "write the private key into it");
  const other = findOtherFormat(file.bytes, text);
  if (other !== undefined) return found(other.fault, other.hint);
  const label = blocks[0]?.label;
  if (label !== undefined && label.endsWith("CERTIFICATE")) {
    return found(
      "holds a certificate but no private key",
      sharedWithCertificate
        ? message`name the key's file with ${setting("private-key")}`
        : message`give the certificate to ${setting("certificate")} and the key to ${setting("private-key")}`,
    );
  }
  if (label !== undefined) return found(`holds a ${label} block`, "name the file with the private key");
  if (looksLikeDer(file.bytes))
    return found(
      "is binary",
      message`convert a DER key with "openssl pkey -inform der -in FILE -out NEW"; give a PKCS#12 file to ${setting("certificate")} alone`,
    );
  return found("has no PEM block", "a PEM file has lines such as -----BEGIN PRIVATE KEY-----");
}

interface OtherFormat {
  /** Follows the file's name in the message. */
  readonly fault: string;
  readonly hint: Text;
}

const certificatesOnly = "-print_certs -in FILE -out NEW";

/** Detects what a file without the expected PEM block is; undefined if unknown. */
function findOtherFormat(bytes: Buffer, text: string): OtherFormat | undefined {
  const magic = bytes.toString("hex", 0, 4);
  if (magic === "feedfeed" || magic === "cececece")
    return {
      fault: "is a Java keystore (JKS)",
      hint: message`convert it to PKCS#12: keytool -importkeystore -srckeystore FILE -destkeystore client.p12 -deststoretype pkcs12; give client.p12 to ${setting("certificate")} alone`,
    };
  const binary = binaryIn(bytes);
  if (isPkcs7(binary ?? bytes))
    return pkcs7(`openssl pkcs7 -inform der ${certificatesOnly}${binary === undefined ? "" : " (after base64 -d)"}`);
  if (binary !== undefined)
    return {
      fault: "is base64 without PEM lines",
      hint: "decode it with base64 -d; if that is DER, convert it with openssl x509 or openssl pkey, -inform der",
    };
  const labels = parsePem(text).map(({ label }) => label);
  if (labels.includes("PKCS7") || labels.includes("CMS")) return pkcs7(`openssl pkcs7 ${certificatesOnly}`);
  if (labels.length > 0 && labels.every((label) => label === "X509 CRL"))
    return { fault: "holds a certificate revocation list", hint: "name the file with a CERTIFICATE block" };
  return findUnfinished(text);
}

function pkcs7(command: string): OtherFormat {
  return { fault: "is a PKCS#7 bundle", hint: message`take the certificates out of it: ${command}` };
}

/** Finds a block without its END line. */
function findUnfinished(text: string): OtherFormat | undefined {
  const rest = parsePem(text).reduce(
    (left, block) => left.replace(block.text.trimEnd(), ""),
    text.replaceAll(/\r\n?/g, "\n"),
  );
  const begin = /-----BEGIN ([A-Z0-9][A-Z0-9 ]*)-----/.exec(rest)?.[1];
  const end = /-----END ([^\n]*?)-----/.exec(rest)?.[1];
  if (begin === undefined) return undefined;
  return end === undefined
    ? { fault: `is cut short: its ${begin} block has no END line`, hint: "copy the whole file again" }
    : { fault: `has a ${begin} block that ends as ${end}`, hint: `end the block with -----END ${begin}-----` };
}
