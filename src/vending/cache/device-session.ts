import { createHmac, randomBytes } from "node:crypto";
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import type { SessionCredentials } from "../../aws/credentials.js";
import { createSecretOnce } from "../../aws/files/write-file.js";
import { RolesAnywhereError, textsOf } from "../../errors.js";
import { message } from "../../message.js";
import { readDeviceLeaf } from "../../identity/device-leaf.js";
import type { IdentitySource } from "../../identity/source.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import type { VendContext } from "../vend.js";
import { cacheKey } from "./key.js";
import { prepareFolder } from "./folder.js";
import { judgeKept, minutesLeft } from "../freshness.js";
import { describeFault, readPrivateFile } from "./private-file.js";
import { createSlot } from "./session-slot.js";

const sealBytes = 32;

/**
 * Returns the secret that seals sessions of a key that never leaves its device: a random secret of the folder, no
 * stronger than the folder's mode. It is bound to the names of certificate and key: another key for the certificate is
 * a miss.
 *
 * @throws Error of the file system.
 */
export function readDeviceSecret(folder: string, { certificate, privateKey }: IdentitySource): Uint8Array {
  const names = [certificate, privateKey].map((setting) => setting?.value.label ?? null);
  return createHmac("sha256", readFolderSecret(folder)).update(JSON.stringify(names)).digest();
}

/** The path of a cache folder's random secret. */
export function sealPathOf(folder: string): string {
  return join(folder, "seal.key");
}

/** @throws Error of the file system. */
export function readFolderSecret(folder: string): Uint8Array {
  const path = sealPathOf(folder);
  try {
    const secret = readPrivateFile(path);
    if (secret.length === sealBytes) return secret;
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  createSecretOnce(path, randomBytes(sealBytes));
  return readPrivateFile(path);
}

/**
 * Returns the cached session of a key in a token or TPM without using the device: no PIN, no login, no signature.
 *
 * @returns undefined without a fresh session, or if in doubt: the full path reports what is wrong.
 */
export async function findDeviceSession(
  settings: VendSettings,
  folder: string,
  windowSeconds: number | undefined,
  context: VendContext,
): Promise<SessionCredentials | undefined> {
  try {
    const leaf = await readDeviceLeaf(settings.identity, context);
    if (leaf === undefined || prepareFolder(folder) !== undefined) return undefined;
    const secret = readDeviceSecret(folder, settings.identity);
    const entry = createSlot(folder, cacheKey(settings, leaf.der), secret, () => undefined).read();
    const nowMs = context.now().getTime();
    if (entry === undefined || judgeKept(entry, windowSeconds, nowMs).due) return undefined;
    context.debug(`cache: hit: session with ${minutesLeft(entry, nowMs)} min left, the device not asked`);
    return entry.credentials;
  } catch (error) {
    context.debug(
      message`cache: no look before the device is asked: ${error instanceof RolesAnywhereError ? textsOf(error).message : describeFault(error)}`,
    );
    return undefined;
  }
}
