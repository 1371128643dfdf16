import { readFileSync } from "node:fs";
import type { KeyObject } from "node:crypto";
import { expandHome } from "../aws/shared-config.js";
import { IdentityError } from "../errors.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import { certificateFromDer } from "./certificate.js";
import type { Certificate } from "./certificate.js";
import { orderChain } from "./chain.js";
import type { Identity } from "./identity.js";
import { isPrivateKeyLabel, looksLikeDer, parsePem } from "./pem.js";
import type { PemBlock } from "./pem.js";
import { algorithmOf, isEncrypted, parsePrivateKey, signWithKey } from "./private-key.js";
import { readIdentityFile } from "./read-file.js";
import type { NamedBytes } from "./read-file.js";
import type { IdentityContext, IdentitySource } from "./source.js";

/** Settings of an identity whose certificate is a PEM file. */
export interface PemSource extends IdentitySource {
  readonly certificate: Sourced<string>;
}

/**
 * Certificate, key and chain from PEM files, read together. The certificate file may hold the key and the whole chain;
 * `--intermediates` adds to it.
 *
 * @throws IdentityError
 */
export async function loadPemIdentity(source: PemSource, context: IdentityContext): Promise<Identity> {
  const certificateFile = readIdentityFile(source.certificate, "certificate", context.homeDirectory);
  const keyFile =
    source.privateKey === undefined || source.privateKey.value === source.certificate.value
      ? certificateFile
      : readIdentityFile(source.privateKey, "private key", context.homeDirectory);
  const intermediates =
    source.intermediates === undefined
      ? []
      : parseIntermediates(readIdentityFile(source.intermediates, "certificate", context.homeDirectory));
  const [first, ...others] = parseCertificates(certificateFile);
  const block = findKeyBlock(keyFile, source.privateKey === undefined);
  const key = parsePrivateKey(block, await passwordFor(block, source, context), keyFile.name);
  const leaf = pickLeaf(key, first, others);
  if (leaf === undefined) throw mismatch(certificateFile.name, keyFile.name);
  const { chain, leftOut } = orderChain(leaf, [first, ...others, ...intermediates]);
  for (const { certificate, reason } of leftOut) {
    if (reason !== "leaf")
      context.debug(
        `chain: left out ${certificate.x509.subject?.replaceAll("\n", ", ") ?? "(no subject)"} (${reason})`,
      );
  }
  return { leaf, chain, algorithm: algorithmOf(key), sign: (message) => signWithKey(key, message) };
}

/** The certificate that belongs to the key: the first as a rule, another one when the file is out of order. */
function pickLeaf(key: KeyObject, ...[first, others]: [Certificate, readonly Certificate[]]): Certificate | undefined {
  return [first, ...others].find(({ x509 }) => x509.checkPrivateKey(key));
}

function mismatch(certificateName: string, keyName: string): IdentityError {
  const inOne = certificateName === keyName;
  const what = inOne
    ? `private key and certificate in ${keyName} do not belong together`
    : `private key ${keyName} does not belong to certificate ${certificateName}`;
  return new IdentityError("ERR_KEY_MISMATCH", what, {
    hints: [
      'compare "openssl pkey -in KEY -pubout" with "openssl x509 -in CERTIFICATE -noout -pubkey"',
      "if they were just renewed, make sure both files were replaced",
    ],
  });
}

/** @throws IdentityError `ERR_CERTIFICATE` */
export function parseCertificates(file: NamedBytes): [Certificate, ...Certificate[]] {
  const blocks = parsePem(textOf(file, "certificate"));
  const [first, ...rest] = blocks.filter(
    ({ label }) => label === "CERTIFICATE" || label === "X509 CERTIFICATE" || label === "TRUSTED CERTIFICATE",
  );
  if (first === undefined) throw noCertificate(file, blocks);
  return [parseCertificate(first, file), ...rest.map((block) => parseCertificate(block, file))];
}

function parseIntermediates(file: NamedBytes): readonly Certificate[] {
  const stray = parsePem(textOf(file, "certificate")).find(({ label }) => !label.endsWith("CERTIFICATE"));
  if (stray !== undefined) {
    throw new IdentityError(
      "ERR_CHAIN",
      `intermediates file ${file.name} holds a ${stray.label} block, expected certificates only`,
      {
        hints: ["leave keys out of the file that --intermediates names"],
      },
    );
  }
  return parseCertificates(file);
}

function parseCertificate(block: PemBlock, file: NamedBytes): Certificate {
  try {
    const body = block.text.replaceAll(/-----[^-]+-----|\s/g, "");
    return certificateFromDer(Buffer.from(body, "base64"));
  } catch (error) {
    throw new IdentityError(
      "ERR_CERTIFICATE",
      `certificate in ${file.name} is damaged: its PEM block does not decode`,
      {
        cause: error,
        hints: ['check it with "openssl x509 -in CERTIFICATE -noout -text"'],
      },
    );
  }
}

function noCertificate(file: NamedBytes, blocks: readonly PemBlock[]): IdentityError {
  const label = blocks[0]?.label;
  const found = (fault: string, hint: string) =>
    new IdentityError("ERR_CERTIFICATE", `${file.name} ${fault}, expected a PEM certificate`, { hints: [hint] });
  if (file.bytes.length === 0) return found("is empty", "write the certificate into it");
  if (label !== undefined && isPrivateKeyLabel(label))
    return found("holds a private key", "give the key to --private-key and the certificate to --certificate");
  if (label === "CERTIFICATE REQUEST" || label === "NEW CERTIFICATE REQUEST")
    return found("holds a certificate request", "have it signed by your certificate authority first");
  if (label !== undefined) return found(`holds a ${label} block`, "name the file with a CERTIFICATE block");
  if (looksLikeDer(file.bytes))
    return found(
      "is binary",
      'a DER certificate: convert it with "openssl x509 -inform der -in FILE -out NEW"; a PKCS#12 file: give it to --certificate alone, without --private-key',
    );
  return found("has no PEM block", "a PEM file has lines such as -----BEGIN CERTIFICATE-----");
}

function findKeyBlock(file: NamedBytes, sharedWithCertificate: boolean): PemBlock {
  const blocks = parsePem(textOf(file, "private key"));
  const key = blocks.find(({ label }) => isPrivateKeyLabel(label));
  if (key !== undefined && key.label !== "OPENSSH PRIVATE KEY") return key;
  const found = (fault: string, hint: string) =>
    new IdentityError("ERR_KEY", `${file.name} ${fault}, expected a PEM private key`, { hints: [hint] });
  if (key !== undefined)
    throw found("holds a key in OpenSSH's own format", 'convert a copy of it with "ssh-keygen -p -m PKCS8 -f COPY"');
  if (file.bytes.length === 0) throw found("is empty", "write the private key into it");
  const label = blocks[0]?.label;
  if (label !== undefined && label.endsWith("CERTIFICATE")) {
    throw found(
      "holds a certificate but no private key",
      sharedWithCertificate
        ? "name the key's file with --private-key"
        : "give the certificate to --certificate and the key to --private-key",
    );
  }
  if (label !== undefined) throw found(`holds a ${label} block`, "name the file with the private key");
  if (looksLikeDer(file.bytes))
    throw found(
      "is binary",
      'convert a DER key with "openssl pkey -inform der -in FILE -out NEW"; give a PKCS#12 file to --certificate alone',
    );
  throw found("has no PEM block", "a PEM file has lines such as -----BEGIN PRIVATE KEY-----");
}

/** PEM text; UTF-16, which some editors on Windows write, is refused by name. */
function textOf(file: NamedBytes, noun: "certificate" | "private key"): string {
  const [first, second] = file.bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new IdentityError(
      noun === "certificate" ? "ERR_CERTIFICATE" : "ERR_KEY",
      `${file.name} is UTF-16 text, expected ASCII or UTF-8`,
      {
        hints: ["save it again as UTF-8"],
      },
    );
  }
  return file.bytes.toString("utf8");
}

async function passwordFor(
  block: PemBlock,
  source: IdentitySource,
  context: IdentityContext,
): Promise<string | undefined> {
  const given =
    source.pkcs8Password?.value ??
    (source.passwordFile === undefined ? undefined : readPasswordFile(source.passwordFile, context.homeDirectory));
  if (!isEncrypted(block)) {
    if (source.pkcs8Password !== undefined)
      context.debug(`${describeOrigin(source.pkcs8Password.origin)} is not needed: the private key is not encrypted`);
    return undefined;
  }
  if (given !== undefined) return given;
  if (context.prompt !== undefined) return context.prompt("Private key password: ");
  throw new IdentityError("ERR_PASSWORD", "the private key is encrypted and no password is given", {
    hints: [
      "name a file that holds it with --password-file, or set ROLESANYWHERE_TS_PKCS8_PASSWORD",
      "there is no terminal to ask on",
    ],
  });
}

/**
 * The first line of the file, without its line end.
 *
 * @throws IdentityError `ERR_PASSWORD`
 */
export function readPasswordFile({ value, origin }: Sourced<string>, homeDirectory: string | undefined): string {
  try {
    return (
      readFileSync(expandHome(value, homeDirectory), "utf8")
        .replace(/^\uFEFF/, "")
        .split(/\r?\n/, 1)[0] ?? ""
    );
  } catch (error) {
    throw new IdentityError(
      "ERR_PASSWORD",
      `cannot read the password file "${value}" (${describeOrigin(origin)}): ${(error as NodeJS.ErrnoException).code ?? "unknown fault"}`,
      {
        hints: ["check the path and the mode of the file"],
      },
    );
  }
}
