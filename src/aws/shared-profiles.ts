import type { Environment } from "./environment.js";
import { readSharedFiles } from "./shared-config.js";
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

/** The profile whose settings AWS tools take when none is named. */
export function environmentProfile(variables: Environment["variables"]): string | undefined {
  return variables["AWS_PROFILE"] || variables["AWS_DEFAULT_PROFILE"] || undefined;
}

export function readSharedProfiles(environment: Pick<Environment, "variables" | "homeDirectory">): SharedProfiles {
  const { config, credentials } = readSharedFiles(environment);
  const profiles = new Map(config.profiles);
  for (const [name, keys] of credentials.profiles)
    profiles.set(name, new Map([...(profiles.get(name) ?? []), ...keys]));
  return { profiles, files: [config.file, credentials.file].filter((file) => file !== "") };
}

/** Whether a profile names a way to credentials, good or bad; one with a region alone does not. */
export function givesCredentials(profile: ConfigSection | undefined): boolean {
  return profileCredentialKeys.some((key) => (profile?.get(key) ?? "") !== "");
}
