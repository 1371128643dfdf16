import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { expandHome, readSharedFiles } from "../../aws/shared-config.js";
import { formatEnds, orderByEnd } from "../../diagnosis/certificate/ends.js";
import type { FoundCertificate } from "../../diagnosis/certificate/ends.js";
import { followProfile } from "../../diagnosis/profile/source.js";
import { IdentityError, RolesAnywhereError, systemCode, UsageError } from "../../errors.js";
import { pickLeaf, readCertificate } from "../../identity/certificate/read.js";
import type { Certificate } from "../../identity/certificate/parsed.js";
import { readDeviceLeaf } from "../../identity/device-leaf.js";
import { loadUncheckedIdentity } from "../../identity/load-identity.js";
import type { IdentityContext, IdentitySource } from "../../identity/source.js";
import { mayHoldCertificate } from "../../identity/store/folder.js";
import { readSettingSources } from "../../settings/sources.js";
import { resolveIdentitySource } from "../../settings/identity-settings.js";
import type { Invocation } from "../invocation.js";
import { createVendContext } from "../sources/vend-context.js";
import type { CheckInput } from "./input.js";
import { readCheckedSources } from "./settings.js";
import { ownProfiles } from "./targets.js";

/** Lists the certificates of folders and of all profiles that run this program, ordered by expiry. */
export async function checkAll({ given, form, folders, debug }: CheckInput, invocation: Invocation) {
  // Never prompts, since this runs unattended.
  const context = { ...createVendContext(debug, invocation), prompt: undefined };
  const found = [
    ...(await findInProfiles(given, context, invocation)),
    ...(await findInFolders(given, folders, context, invocation)),
  ];
  if (found.length === 0) {
    throw new UsageError(
      "ERR_SETTING",
      "no profile of the shared files runs this program, and no folder has a certificate",
      {
        hints: ["name folders with --cert-store DIR, or write a profile with rolesanywhere-ts configure"],
      },
    );
  }
  const ends = orderByEnd(found, context.now());
  const stdout = form === "json" ? `${JSON.stringify({ certificates: ends }, undefined, 2)}\n` : formatEnds(ends);
  return { stdout, exitStatus: ends.every(({ state }) => state === "ok") ? 0 : 1 };
}

async function findInProfiles(
  given: CheckInput["given"],
  context: IdentityContext,
  invocation: Invocation,
): Promise<readonly FoundCertificate[]> {
  const files = readSharedFiles(invocation);
  const byPlace = new Map<string, FoundCertificate>();
  for (const profile of ownProfiles(files, invocation)) {
    const one = await findInProfile(
      profile,
      () => resolveIdentitySource(readCheckedSources(given, followProfile(profile, files), invocation).lookup),
      context,
    );
    const key = JSON.stringify([one.place, "der" in one.found ? one.found.x509.fingerprint256 : one.found.message]);
    const known = byPlace.get(key);
    byPlace.set(key, known === undefined ? one : { ...known, profiles: [...known.profiles, profile] });
  }
  return [...byPlace.values()];
}

async function findInProfile(
  profile: string,
  resolveSource: () => IdentitySource,
  context: IdentityContext,
): Promise<FoundCertificate> {
  let place = "-";
  try {
    const source = resolveSource();
    place = placeOf(source);
    return { place, profiles: [profile], found: await readLeaf(source, context) };
  } catch (error) {
    return { place, profiles: [profile], found: faultOf(error) };
  }
}

function placeOf({ certificate, privateKey, certStore }: IdentitySource): string {
  return (certificate ?? privateKey)?.value.label ?? certStore?.value ?? "certificate store";
}

/** Reads only the certificate if possible, since a key may require a password or a PIN. */
async function readLeaf(source: IdentitySource, context: IdentityContext): Promise<Certificate> {
  const { certificate, privateKey } = source;
  if (certificate?.value.kind === "pkcs11" || (certificate === undefined && privateKey !== undefined))
    return (await readDeviceLeaf(source, context)) ?? (await loadLeaf(source, context));
  if (certificate === undefined || certificate.value.kind === "spiffe") return loadLeaf(source, context);
  try {
    return await readCertificate(certificate, source, context, pickLeaf);
  } catch (error) {
    // The key selects one of several certificates.
    if (error instanceof IdentityError && privateKey !== undefined) return loadLeaf(source, context);
    throw error;
  }
}

async function loadLeaf(source: IdentitySource, context: IdentityContext): Promise<Certificate> {
  const identity = await loadUncheckedIdentity(source, context);
  await identity.close?.();
  return identity.leaf;
}

async function findInFolders(
  given: CheckInput["given"],
  folders: readonly string[],
  context: IdentityContext,
  invocation: Invocation,
): Promise<readonly FoundCertificate[]> {
  const source = resolveIdentitySource(readSettingSources(given, {}, invocation).lookup);
  const found: FoundCertificate[] = [];
  for (const path of folders.flatMap((folder) => listCertificateFiles(folder, invocation))) {
    const value = { kind: "file", path, label: path } as const;
    const certificate = { value, origin: { kind: "flag", setting: "cert-store" } } as const;
    try {
      found.push({ place: path, profiles: [], found: await readCertificate(certificate, source, context, pickLeaf) });
    } catch (error) {
      found.push({ place: path, profiles: [], found: faultOf(error) });
    }
  }
  return found;
}

function listCertificateFiles(folder: string, { workingDirectory, homeDirectory }: Invocation): readonly string[] {
  const path = resolve(workingDirectory, expandHome(folder, homeDirectory));
  try {
    return readdirSync(path)
      .filter((name) => mayHoldCertificate(join(path, name)))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw new UsageError("ERR_SETTING", `cannot read the folder "${folder}" (--cert-store): ${systemCode(error)}`, {
      hints: ["check the path and its mode"],
    });
  }
}

function faultOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof RolesAnywhereError) return { code: error.code, message: error.message };
  throw error;
}
