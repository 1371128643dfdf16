import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Stats } from "node:fs";
import { findFile } from "../aws/files/target.js";
import { IdentityError, UsageError } from "../errors.js";
import type { Certificate } from "../identity/certificate/parsed.js";
import { hasPublicKey } from "../identity/certificate/public-key.js";
import type { Identity } from "../identity/identity.js";
import { loadUncheckedIdentity } from "../identity/load-identity.js";
import type { MaterialSource } from "../identity/material-source.js";
import { isBinary, isPrivateKeyLabel, looksLikeDer, parsePem, pemTextOf } from "../identity/pem/blocks.js";
import { parseCertificates, parseIntermediates } from "../identity/pem/certificates.js";
import { hasEncryptedKey, passwordSources } from "../identity/pem/key.js";
import { resolvePassword } from "../identity/password.js";
import { parsePrivateKey } from "../identity/private-key.js";
import { readIdentityFile } from "../identity/read-file.js";
import type { NamedBytes } from "../identity/read-file.js";
import type { IdentityContext, IdentitySource, NamedIdentitySource } from "../identity/source.js";
import { message, setting } from "../message.js";
import type { Sourced } from "../origin.js";
import { armor } from "./armor.js";

/** One of the files of a pair. */
export interface PairFile extends NamedBytes {
  /** The given path, with `~` expanded. */
  readonly path: string;
  /** The target of its links. */
  readonly target: string;
  readonly present: Stats;
}

/** A certificate and its private key in files. */
export interface Pair {
  readonly leaf: Certificate;
  /** Its intermediates, from both files. */
  readonly chain: readonly Certificate[];
  /** All certificates in the certificate's file. */
  readonly certificates: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly privateKey: KeyObject;
  /** The SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly files: {
    readonly certificate: PairFile;
    /** The certificate's own file if it contains the key. */
    readonly key: PairFile;
    readonly intermediates: PairFile | undefined;
  };
  readonly source: NamedIdentitySource;
}

/**
 * Refuses an identity that is not in files: only files can be replaced.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_NOT_AVAILABLE`
 */
export function requireFiles(source: IdentitySource): NamedIdentitySource {
  const { certificate, privateKey } = source;
  if (certificate === undefined) {
    throw new UsageError(
      "ERR_SETTING",
      message`renewal needs a certificate in a file, and ${setting("certificate")} is not given`,
      {
        hints: [message`give ${setting("certificate")} and ${setting("private-key")}`],
      },
    );
  }
  for (const found of [certificate, privateKey]) if (found !== undefined) requireFile(found);
  return { ...source, certificate };
}

function requireFile({ value }: Sourced<MaterialSource>): void {
  if (value.kind === "file") return;
  if (value.kind === "pkcs11" || value.kind === "tpm") throw inDevice(value.label);
  if (value.kind === "spiffe") {
    throw new UsageError("ERR_NOT_AVAILABLE", "a SPIFFE agent renews its certificates by itself", {
      hints: [message`leave ${setting("step-ca")} and ${setting("est")} out: serve and update follow the agent`],
    });
  }
  throw new UsageError("ERR_SETTING", `"${value.label}" cannot be replaced, expected a file`, {
    hints: ["name files for certificate and key"],
  });
}

function inDevice(label: string): UsageError {
  return new UsageError(
    "ERR_NOT_AVAILABLE",
    `the key of "${label}" is in a device: the TLS connection to the authority needs a key in a file`,
    {
      hints: [
        "renew with the tool of the authority and its PKCS#11 or TPM support; the next session uses the new certificate",
      ],
    },
  );
}

/**
 * Reads a pair from its files.
 *
 * @throws IdentityError, UsageError
 */
export async function readPair(source: NamedIdentitySource, context: IdentityContext): Promise<Pair> {
  const identity = await loadUncheckedIdentity(source, context);
  await identity.close?.();
  const certificate = await readFile(source.certificate, context);
  const key = source.privateKey === undefined ? certificate : await readFile(source.privateKey, context);
  const intermediates =
    source.intermediates?.value.kind === "file" ? await readFile(source.intermediates, context) : undefined;
  if (isBinary(certificate.bytes) || isBinary(key.bytes)) {
    throw new UsageError("ERR_NOT_AVAILABLE", message`renewal replaces PEM files, and ${certificate.name} is not one`, {
      hints: ["convert it with: openssl pkcs12 -in FILE -nodes -out client.pem"],
    });
  }
  const privateKey = await openKey(identity, key, source.certificate.value.label);
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const isOwn = key.target === certificate.target;
  return {
    leaf: identity.leaf,
    chain: identity.chain,
    certificates: await parseCertificates(certificate),
    intermediates: intermediates === undefined ? [] : await parseIntermediates(intermediates),
    privateKey,
    publicKey,
    files: { certificate, key: isOwn ? certificate : key, intermediates },
    source,
  };
}

async function readFile(setting: Sourced<MaterialSource>, context: IdentityContext): Promise<PairFile> {
  const read = await readIdentityFile(setting, "certificate", context);
  const path = read.path ?? "";
  const { path: target, present } = findFile(path, { secret: true });
  if (present === undefined) {
    throw new IdentityError("ERR_CERTIFICATE", message`certificate file ${read.name} is gone`, {
      hints: ["another program may be replacing it: run the command again"],
    });
  }
  return { ...read, path, target, present };
}

async function openKey({ leaf, keyMaterial }: Identity, file: NamedBytes, label: string): Promise<KeyObject> {
  if (keyMaterial === undefined) throw inDevice(label);
  const secret = Buffer.from(keyMaterial.secret);
  const texts = looksLikeDer(secret)
    ? [{ label: "PRIVATE KEY", text: armor("PRIVATE KEY", secret) }]
    : keyBlocks({ ...file, bytes: secret });
  for (const block of texts) {
    const key = await parsePrivateKey(block, undefined, file.name);
    if (key !== "unknown" && hasPublicKey(leaf, createPublicKey(key).export({ format: "der", type: "spki" })))
      return key;
  }
  throw new UsageError(
    "ERR_NOT_AVAILABLE",
    message`renewal takes RSA and EC keys, and ${file.name} holds another kind`,
    {
      hints: ["have the certificate issued anew by the tool of the authority"],
    },
  );
}

/** Finds the key blocks of a PEM file, in order. */
export function keyBlocks(file: NamedBytes) {
  return parsePem(pemTextOf(file, "private key")).filter(({ label }) => isPrivateKeyLabel(label));
}

/** Returns the password of the pair's key; undefined for an unencrypted key. */
export async function passwordOf({ files, source }: Pair, context: IdentityContext): Promise<string | undefined> {
  if (!hasEncryptedKey(files.key)) return undefined;
  return (await resolvePassword(passwordSources(files.key, source), context)).text;
}
