import { statSync } from "node:fs";
import { expandHome } from "../aws/shared-config.js";
import { IdentityError, textsOf } from "../errors.js";
import { message } from "../message.js";
import type { Identity } from "./identity.js";
import { describeSource, isSpiffe } from "./material-source.js";
import type { IdentityContext, IdentitySource } from "./source.js";
import { refuseUnsuitable } from "./certificate/suitability.js";

/** Gives a program that replaces both files time to write the second one. */
const halfReplacedPauseMs = 250;
const justWrittenMs = 2_000;

/**
 * Loads certificate, chain and key, and refuses what the service would refuse.
 *
 * @throws IdentityError, UsageError
 */
export async function loadIdentity(source: IdentitySource, context: IdentityContext): Promise<Identity> {
  const identity = await loadUncheckedIdentity(source, context);
  const name = source.certificate === undefined ? "from the store" : describeSource(source.certificate);
  const remark = refuseUnsuitable(identity.leaf, name, context.now());
  if (remark !== undefined) context.debug(remark);
  return identity;
}

/**
 * Loads the identity, suitable or not. Certificate and key are read together. If they do not match, or if a file that
 * was just written is damaged, another program may be writing them, so all are read once more.
 *
 * @throws IdentityError, UsageError
 */
export async function loadUncheckedIdentity(source: IdentitySource, context: IdentityContext): Promise<Identity> {
  try {
    return await loadFrom(source, context);
  } catch (error) {
    if (!(error instanceof IdentityError) || !mayBeBeingWritten(error, source, context)) throw error;
    context.debug(
      message`reading the files once more, since another program may be writing them: ${textsOf(error).message}`,
    );
    await new Promise((resolve) => setTimeout(resolve, halfReplacedPauseMs));
    return loadFrom(source, context);
  }
}

/** Detects a pair that does not match, or a damaged file written just now: it may be only half replaced. */
function mayBeBeingWritten({ code }: IdentityError, source: IdentitySource, context: IdentityContext): boolean {
  if (code === "ERR_KEY_MISMATCH") return true;
  if (code !== "ERR_CERTIFICATE" && code !== "ERR_KEY") return false;
  return [source.certificate, source.privateKey, source.intermediates].some((setting) => {
    if (setting?.value.kind !== "file") return false;
    const path = expandHome(setting.value.path, context.homeDirectory);
    try {
      return Math.abs(Date.now() - statSync(path).mtimeMs) < justWrittenMs;
    } catch {
      return false;
    }
  });
}

async function loadFrom(source: IdentitySource, context: IdentityContext): Promise<Identity> {
  const { certificate, privateKey } = source;
  if (certificate === undefined && privateKey === undefined) {
    if (!namesStore(source, context)) throw (await import("./missing-source.js")).nothingGiven();
    return (await import("./store/identity.js")).loadStoredIdentity(source, context);
  }
  if (certificate === undefined) {
    throw (await import("./missing-source.js")).noCertificate();
  }
  const named = { ...source, certificate };
  if (isSpiffe(certificate))
    return (await import("./spiffe/identity.js")).loadSpiffeIdentity(certificate, named, context);
  if (certificate.value.kind === "pkcs11" || privateKey?.value.kind === "pkcs11")
    return (await import("./pkcs11/identity.js")).loadTokenIdentity(named, context);
  return (await import("./file-identity.js")).loadFileIdentity(named, context);
}

/** Certificate stores are the default on macOS and Windows. */
function namesStore({ certSelector, certStore }: IdentitySource, { platform }: IdentityContext): boolean {
  return certSelector !== undefined || certStore !== undefined || platform === "darwin" || platform === "win32";
}
