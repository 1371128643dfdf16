import type { ConfigSection, SharedConfig } from "../../aws/shared-config.js";
import { mergedKeys } from "./parsers/reading.js";

/** Where the credentials of a profile finally come from. */
export type ProfileSource =
  | { readonly kind: "process"; readonly profile: string; readonly line: string; readonly file: string }
  /** `rolesanywhere_*` keys without a `credential_process`. */
  | { readonly kind: "settings"; readonly profile: string }
  | { readonly kind: "other"; readonly profile: string; readonly what: string }
  | { readonly kind: "nothing"; readonly profile: string }
  | { readonly kind: "missing"; readonly profile: string }
  | { readonly kind: "loop"; readonly profile: string };

/** A role that the AWS tool assumes itself, with the credentials of another profile. */
export interface AssumedRole {
  readonly profile: string;
  readonly file: string;
  readonly keys: ConfigSection;
}

export interface FollowedProfile {
  readonly source: ProfileSource;
  /** Starts with the role of the named profile. */
  readonly roles: readonly AssumedRole[];
}

export interface SharedPair {
  readonly config: SharedConfig;
  readonly credentials: SharedConfig;
}

/** Follows `source_profile` as the SDKs do. Keys of the credentials file take precedence. */
export function followProfile(name: string, files: SharedPair): FollowedProfile {
  const profiles = { config: files.config.profiles, credentials: files.credentials.profiles };
  const roles: AssumedRole[] = [];
  const seen = new Set<string>();
  for (let profile = name; ;) {
    const keys = mergedKeys(profiles, profile);
    if (keys === undefined) return { source: { kind: "missing", profile }, roles };
    const next = keys.get("role_arn") === undefined ? undefined : keys.get("source_profile");
    if (next === undefined || next === profile) return { source: ownSource(profile, keys, files), roles };
    if (seen.has(profile)) return { source: { kind: "loop", profile }, roles };
    seen.add(profile);
    roles.push({ profile, file: fileOf(profile, "role_arn", files), keys });
    profile = next;
  }
}

function fileOf(profile: string, key: string, { config, credentials }: SharedPair): string {
  return credentials.profiles.get(profile)?.has(key) === true ? credentials.file : config.file;
}

const others: readonly (readonly [key: string, what: string])[] = [
  ["aws_access_key_id", "access keys of its own"],
  ["sso_session", "an SSO login"],
  ["sso_start_url", "an SSO login"],
  ["web_identity_token_file", "a web identity token"],
  ["credential_source", "credential_source"],
  ["login_session", "a console login"],
];

function ownSource(profile: string, keys: ConfigSection, files: SharedPair): ProfileSource {
  const line = keys.get("credential_process") ?? "";
  if (line !== "") return { kind: "process", profile, line, file: fileOf(profile, "credential_process", files) };
  if ((keys.get("rolesanywhere_trust_anchor_arn") ?? "") !== "") return { kind: "settings", profile };
  const found = others.find(([key]) => (keys.get(key) ?? "") !== "");
  return found === undefined ? { kind: "nothing", profile } : { kind: "other", profile, what: found[1] };
}
