import type { Environment } from "./environment.js";
import { quoteValue } from "./inline-value.js";
import { readSharedFiles } from "./shared-config.js";
import type { ConfigSection, SharedFiles } from "./shared-config.js";

/** Keys that define a source of credentials. */
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

/** The profiles of both shared files as in AWS tools: keys of the credentials file win. */
export interface SharedProfiles {
  readonly profiles: ReadonlyMap<string, ConfigSection>;
  /** Paths of the config and the credentials file, whether they exist or not. */
  readonly files: readonly string[];
}

/** Returns the profile that AWS tools use if none is named. */
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

/** Tells whether a profile defines a source of credentials, valid or not; one with only a region does not. */
export function givesCredentials(profile: ConfigSection | undefined): boolean {
  return profileCredentialKeys.some((key) => (profile?.get(key) ?? "") !== "");
}

const maxNames = 10;

/** Describes a profile that is in neither shared file, with the names that exist. */
export function describeUnknownProfile(
  name: string,
  { config, credentials }: SharedFiles,
): { readonly fault: string; readonly hint: string } {
  const places = [config, credentials].flatMap(({ file, exists }) =>
    file === "" ? [] : [exists ? file : `${file} (which does not exist)`],
  );
  const where = places.length === 0 ? "a shared file, since no home directory is known" : places.join(" or ");
  const names = [...new Set([...config.profiles.keys(), ...credentials.profiles.keys()])];
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : "";
  return {
    fault: `profile ${quoteValue(name)} is not in ${where}`,
    hint:
      names.length === 0
        ? 'there are no profiles yet: "rolesanywhere-ts configure" writes one; AWS_CONFIG_FILE names another config file'
        : `profiles there: ${names.slice(0, maxNames).join(", ")}${more}`,
  };
}
