import { makePrivateFolder } from "../aws/files/make-folder.js";
import { isPlanted, isTrustedOwner } from "../aws/files/ownership.js";
import { readSecretFile } from "../aws/files/read-secret.js";
import { writeFileWhole } from "../aws/files/write-file.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import { createPrivateKey, randomBytes } from "node:crypto";
import { existsSync, lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "./certificate/authority.js";
import type { CertificateSpec, Issued } from "./certificate/authority.js";
import { createKey, wrapPrivateKey } from "./certificate/key.js";
import type { KeyKind } from "./certificate/key.js";
import { readPemCertificates } from "./certificate/reader.js";
import type { AlternativeName } from "./certificate/distinguished-name.js";
import { createWebIdentityKeys } from "./web-identity/keys.js";
import type { Algorithm, WebIdentityKeys } from "./web-identity/keys.js";
import { createState } from "./state/memory.js";
import { openStateFile } from "./state/file.js";
import type { StateFile } from "./state/file.js";

/** Names of the files in the emulator's folder. */
export const fileNames = {
  root: "ca.pem",
  intermediate: "intermediate.pem",
  rsa: "rsa.pem",
  rsaKey: "rsa-key.pem",
  ec: "ec.pem",
  ecKey: "ec-key.pem",
  ecChain: "ec-chain.pem",
  ecEncryptedKey: "ec-encrypted-key.pem",
  password: "password.txt",
  state: "state.json",
  sealingKey: "sealing-key",
  config: "config",
  posixEnvironment: "env.sh",
  powershellEnvironment: "env.ps1",
  cmdEnvironment: "env.cmd",
} as const;

const webIdentityKeyFiles = { ES384: "web-identity-ec-key.pem", RS256: "web-identity-rsa-key.pem" } as const;

/** The emulator's certificates, account and secret, from its folder. */
export interface EmulatorFolder {
  readonly path: string;
  readonly root: Issued;
  readonly intermediate: Issued;
  readonly state: StateFile;
  readonly sealingKey: Buffer;
  readonly webIdentity: WebIdentityKeys;
  /** Issues a certificate for the server itself. */
  readonly issueServerCertificate: (names: readonly AlternativeName[]) => Issued;
}

/**
 * Opens the folder of an emulator, and creates what is missing.
 *
 * @param path Created if it does not exist, for its owner only.
 */
export function openFolder(path: string): EmulatorFolder {
  makePrivateFolder(path);
  refuseForeignFolder(path);
  const at = (name: string) => join(path, name);
  const fresh = !isUsable(at(fileNames.root));
  const keep = (file: string, kind: KeyKind, issue: (key: Issued["key"]) => Issued) =>
    !fresh && isUsable(at(file)) ? load(path, file) : save(path, file, issue(createKey(kind)));
  const root = keep(fileNames.root, "ec-p256", (key) =>
    createAuthority(key, {
      subject: [
        ["O", "Emulator"],
        ["CN", "Emulator Root CA"],
      ],
    }),
  );
  const intermediate = keep(fileNames.intermediate, "ec-p256", (key) =>
    createAuthority(
      key,
      {
        subject: [
          ["O", "Emulator"],
          ["CN", "Emulator Issuing CA"],
        ],
        pathLength: 0,
      },
      root,
    ),
  );
  const leafSpec = (name: string): CertificateSpec => ({
    subject: [
      ["O", "Emulator"],
      ["CN", name],
    ],
    extendedKeyUsage: ["clientAuth"],
    alternativeNames: [["dns", `${name}.example`]],
  });
  keep(fileNames.rsa, "rsa-2048", (key) => issueCertificate(key, leafSpec("rsa-client"), intermediate));
  const ec = keep(fileNames.ec, "ec-p256", (key) => issueCertificate(key, leafSpec("ec-client"), intermediate));
  const made = fresh || !existsSync(at(fileNames.ecChain));
  if (made) writeExtras(path, ec, intermediate);
  const state = openState(at(fileNames.state), fresh, root);
  return {
    path,
    root,
    intermediate,
    state,
    sealingKey: readSealingKey(at(fileNames.sealingKey)),
    webIdentity: createWebIdentityKeys((algorithm) => readWebIdentityKey(path, algorithm)),
    issueServerCertificate: (names) =>
      issueCertificate(
        createKey("ec-p256"),
        {
          subject: [["CN", "rolesanywhere-ts emulator"]],
          alternativeNames: names,
          extendedKeyUsage: ["serverAuth"],
        },
        root,
      ),
  };
}

/** Writes a file that only its owner can read. */
export function writePrivate(path: string, text: string | Uint8Array): void {
  writeFileWhole(path, text, { secret: true, flush: false });
}

/** Writes a file that is not secret. */
export function writePublic(path: string, text: string): void {
  writeFileWhole(path, text, { secret: false, flush: false });
}

/**
 * Reads a file of the folder, unless other users can write to it.
 *
 * @throws UsageError `ERR_INPUT`
 */
export function readOwn(path: string): string {
  return readSecretFile(path, { noun: "the emulator's file", readableByOthers: true }).toString("utf8");
}

/** The authority and config of another user would be trusted here. */
function refuseForeignFolder(path: string): void {
  const link = lstatSync(path);
  const { uid } = link.isSymbolicLink() && isPlanted(link, path) ? link : statSync(path);
  if (isTrustedOwner(uid)) return;
  throw new UsageError("ERR_INPUT", `the folder ${path} belongs to user ${uid}, not to the one who runs this program`, {
    hints: [message`give ${setting("dir")} a folder of your own`],
  });
}

function openState(path: string, fresh: boolean, root: Issued): StateFile {
  const state = openStateFile(path);
  if (fresh || !existsSync(path)) state.write(createState(root.pem));
  // Reports errors in it now instead of at the first request.
  state.read();
  return state;
}

function writeExtras(folder: string, ec: Issued, intermediate: Issued): void {
  const password = randomBytes(12).toString("base64url");
  const key = createPrivateKey(ec.key.privateKeyPem);
  const encrypted = key.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: password });
  writePrivate(join(folder, fileNames.ecChain), ec.pem + intermediate.pem);
  writePrivate(join(folder, fileNames.ecEncryptedKey), encrypted);
  writePrivate(join(folder, fileNames.password), `${password}\n`);
}

function save(folder: string, file: string, issued: Issued): Issued {
  writePrivate(join(folder, keyFileOf(file)), issued.key.privateKeyPem);
  writePublic(join(folder, file), issued.pem);
  return issued;
}

function load(folder: string, file: string): Issued {
  const pem = readOwn(join(folder, file));
  const [certificate] = readPemCertificates(pem);
  if (certificate === undefined) throw new Error(`${file} holds no certificate`);
  const key = wrapPrivateKey(createPrivateKey(readOwn(join(folder, keyFileOf(file)))));
  return { subject: certificate.subject, key, der: certificate.der, pem };
}

function keyFileOf(file: string): string {
  return file.replace(/\.pem$/, "-key.pem");
}

/** Whether a certificate file exists and is valid for at least another day. */
function isUsable(file: string): boolean {
  if (!existsSync(file)) return false;
  const [certificate] = readPemCertificates(readOwn(file));
  return certificate !== undefined && certificate.notAfter.getTime() > Date.now() + 86_400_000;
}

function readSealingKey(path: string): Buffer {
  if (!existsSync(path)) writePrivate(path, randomBytes(32).toString("hex"));
  return Buffer.from(readOwn(path).trim(), "hex");
}

function readWebIdentityKey(folder: string, algorithm: Algorithm): string {
  const file = join(folder, webIdentityKeyFiles[algorithm]);
  if (!existsSync(file)) writePrivate(file, createKey(algorithm === "ES384" ? "ec-p384" : "rsa-2048").privateKeyPem);
  return readOwn(file);
}
