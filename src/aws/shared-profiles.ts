import { readFileSync } from "node:fs";
import type { Environment } from "./environment.js";
import { parseIni, readSections } from "./ini/document.js";
import { configFilePath, credentialsFilePath, profileNameOf } from "./shared-config.js";
import type { ConfigSection } from "./shared-config.js";

/** Keys by which a profile gives credentials. */
export const profileCredentialKeys = [
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_security_token",
  "credential_process",
  "credential_source",
  "login_session",
  "role_arn",
  "source_profile",
  "sso_account_id",
  "sso_role_name",
  "sso_session",
  "sso_start_url",
  "web_identity_token_file",
] as const;

/** The profiles of both shared files as AWS tools see them: the keys of the credentials file win. */
export interface SharedProfiles {
  readonly profiles: ReadonlyMap<string, ConfigSection>;
  /** Paths of the config and the credentials file, whether they exist or not. */
  readonly files: readonly string[];
}

/** Files that cannot be read count as empty: the caller says what it misses in them. */
export function readSharedProfiles(environment: Pick<Environment, "variables" | "homeDirectory">): SharedProfiles {
  const sources = [
    { path: configFilePath(environment), nameOf: profileNameOf },
    { path: credentialsFilePath(environment), nameOf: (header: string) => header },
  ];
  const profiles = new Map<string, Map<string, string>>();
  for (const { path, nameOf } of sources) {
    for (const { header, options } of readSections(parseIni(readIfThere(path)))) {
      const name = nameOf(header);
      if (name === undefined) continue;
      const keys = profiles.get(name) ?? new Map<string, string>();
      profiles.set(name, keys);
      for (const { key, value } of options) keys.set(key, value);
    }
  }
  return { profiles, files: sources.flatMap(({ path }) => path ?? []) };
}

/** Whether a profile names a way to credentials, good or bad; one with a region alone does not. */
export function givesCredentials(profile: ConfigSection | undefined): boolean {
  return profileCredentialKeys.some((key) => (profile?.get(key) ?? "") !== "");
}

function readIfThere(path: string | undefined): string {
  if (path === undefined) return "";
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
