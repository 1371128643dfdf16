import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, parse } from "node:path";
import { expandHome } from "../../aws/shared-config.js";
import { IdentityError, systemCode, textsOf } from "../../errors.js";
import { message } from "../../message.js";
import { describeOrigin, type Sourced } from "../../origin.js";
import { type Certificate, tryCertificateFromDer } from "../certificate/parsed.js";
import type { CertificateStore, StoredCertificate } from "./certificate-store.js";
import { readGivenPassword } from "../password.js";
import { derOf, isEncrypted, isPrivateKeyLabel, parsePem, type PemBlock } from "../pem/blocks.js";
import { createPemSigner } from "../pem/key.js";
import { repairPem } from "../pem/repair.js";
import { pairEntries, parseCertificates } from "../pkcs12/identity.js";
import { openPkcs12 } from "../pkcs12/open.js";
import { hasPublicKey } from "../certificate/public-key.js";
import type { Signer } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";

const pemExtensions: ReadonlySet<string> = new Set([".pem", ".crt", ".cer", ".cert", ".key"]);
const pkcs12Extensions: ReadonlySet<string> = new Set([".p12", ".pfx"]);
/** Bytes; larger files hold something else. */
const maxFileBytes = 1024 * 1024;

interface FoundKey {
  readonly file: string;
  /** Needs a password or a TPM, so it is opened only for the certificate with the same name. */
  readonly locked: boolean;
  readonly open: () => Promise<Signer>;
}

interface FolderContents {
  readonly certificates: { readonly file: string; readonly certificate: Certificate }[];
  readonly keys: FoundKey[];
  readonly entries: StoredCertificate[];
}

/** Opens a folder of PEM and PKCS#12 files as a certificate store. Skips other files, and files that do not open. */
export function createFolderStore(
  setting: Sourced<string>,
  source: IdentitySource,
  context: IdentityContext,
): CertificateStore {
  const folder = expandHome(setting.value, context.homeDirectory);
  return {
    name: `folder "${folder}"`,
    list: async () => {
      const contents: FolderContents = { certificates: [], keys: [], entries: [] };
      for (const name of listFiles(folder, setting)) {
        const file = join(folder, name);
        if (pkcs12Extensions.has(extname(name).toLowerCase())) await readPkcs12(file, contents, source, context);
        else readPem(file, contents, source, context);
      }
      return [...contents.entries, ...(await pairPemEntries(contents, context))];
    },
  };
}

/** Tells whether a file has the extension of certificates and holds more than a key. */
export function mayHoldCertificate(path: string): boolean {
  const extension = extname(path).toLowerCase();
  if (pkcs12Extensions.has(extension)) return true;
  return pemExtensions.has(extension) && !isKeyAlone(path);
}

function isKeyAlone(path: string): boolean {
  try {
    if (statSync(path).size > maxFileBytes) return true;
    const labels = parsePem(readFileSync(path, "latin1")).map(({ label }) => label);
    return labels.length > 0 && labels.every(isPrivateKeyLabel);
  } catch {
    return false;
  }
}

function listFiles(folder: string, { origin }: Sourced<string>): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    const reason = systemCode(error);
    throw new IdentityError(
      "ERR_CERTIFICATE",
      message`cannot read the folder "${folder}" (${describeOrigin(origin)}): ${reason}`,
      {
        cause: error,
        hints: ["check the path and its mode"],
      },
    );
  }
  return names.filter((name) => {
    const extension = extname(name).toLowerCase();
    if (!pemExtensions.has(extension) && !pkcs12Extensions.has(extension)) return false;
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size <= maxFileBytes;
  });
}

function readPem(file: string, contents: FolderContents, source: IdentitySource, context: IdentityContext): void {
  for (const block of parsePem(repairPem(readFileSync(file, "utf8")))) {
    if (isPrivateKeyLabel(block.label)) contents.keys.push(keyOf(block, file, source, context));
    if (!block.label.endsWith("CERTIFICATE")) continue;
    const certificate = tryCertificateFromDer(derOf(block));
    if (certificate === undefined) context.debug(`store: skipped a damaged certificate in ${file}`);
    else contents.certificates.push({ file, certificate });
  }
}

function keyOf(block: PemBlock, file: string, source: IdentitySource, context: IdentityContext): FoundKey {
  const named = { bytes: Buffer.from(block.text), name: `"${file}"` };
  const locked = isEncrypted(block) || block.label === "TSS2 PRIVATE KEY";
  return { file, locked, open: () => createPemSigner(named, source, context, false) };
}

async function readPkcs12(
  file: string,
  contents: FolderContents,
  { pkcs12Password, passwordFile }: IdentitySource,
  context: IdentityContext,
): Promise<void> {
  const subject = `PKCS#12 file "${file}"`;
  const password = readGivenPassword({ given: pkcs12Password, file: passwordFile }, context) ?? "";
  try {
    const opened = await openPkcs12(readFileSync(file), password, subject);
    const certificates = parseCertificates(opened, subject);
    for (const { certificate, signer } of await pairEntries(opened, certificates, subject))
      contents.entries.push({ certificate, others: certificates, open: async () => signer });
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    context.debug(message`store: skipped ${file}: ${textsOf(error).message}`);
  }
}

/** Finds the end-entity certificates whose key is in the folder. */
async function pairPemEntries(
  { certificates, keys }: FolderContents,
  context: IdentityContext,
): Promise<readonly StoredCertificate[]> {
  const open = await openUnlocked(
    keys.filter(({ locked }) => !locked),
    context,
  );
  const others = certificates.map(({ certificate }) => certificate);
  return certificates
    .filter(({ certificate }) => !certificate.x509.ca)
    .flatMap(({ certificate, file }): StoredCertificate[] => {
      const signer = open.find(({ publicKey }) => publicKey !== undefined && hasPublicKey(certificate, publicKey));
      if (signer !== undefined) return [{ certificate, others, open: async () => signer }];
      const beside = keys.find((key) => key.locked && stemOf(key.file) === stemOf(file));
      return beside === undefined ? [] : [{ certificate, others, open: beside.open }];
    });
}

async function openUnlocked(keys: readonly FoundKey[], context: IdentityContext): Promise<readonly Signer[]> {
  const signers: Signer[] = [];
  for (const { open, file } of keys) {
    try {
      signers.push(await open());
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      context.debug(message`store: skipped the key in ${file}: ${textsOf(error).message}`);
    }
  }
  return signers;
}

/** Returns the name that files of one pair share, such as `client.crt` and `client.key`. */
function stemOf(file: string): string {
  return parse(file).name;
}
