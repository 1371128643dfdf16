import { decodeText } from "../../aws/files/decode-text.js";
import { readerShellOf } from "../../aws/reader-shell.js";
import { readSharedFiles } from "../../aws/shared-config.js";
import type { SharedConfig, SharedFile, SharedFiles } from "../../aws/shared-config.js";
import type { SdkContext } from "../../diagnosis/profile/competing-sources.js";
import type { ProfileOffer } from "../../diagnosis/profile/sdk-sources.js";
import { followProfile } from "../../diagnosis/profile/source.js";
import type { FollowedProfile } from "../../diagnosis/profile/source.js";
import { hasDefaultCredentials } from "../exec/hidden-default-profile.js";
import type { Invocation } from "../invocation.js";

/** What AWS tools find on this machine: the selected profile, and duplicate sections and profiles. */
export interface AwsContext extends SdkContext {
  readonly files: SharedFiles;
  /** Source of the checked profile's credentials; undefined if the given settings are checked. */
  readonly followed: FollowedProfile | undefined;
}

/** @param named The profile of `--profile`; undefined to use `AWS_PROFILE`, else `default`. */
export function readAwsContext(named: string | undefined, invocation: Invocation): AwsContext {
  const { variables } = invocation;
  const name = named ?? (variables["AWS_PROFILE"] || "default");
  const files = readSharedFiles(invocation);
  const { config, credentials } = files;
  const profile = offerOf(name, config, credentials);
  return {
    files,
    variables,
    shell: readerShellOf(invocation),
    profile,
    strayDefault: named === undefined && hasDefaultCredentials(files) && !isMeant(profile, variables),
    duplicates: [...duplicatesIn(config), ...duplicatesIn(credentials)],
    inBothFiles: [...config.profiles.keys()].filter(
      (profile) => holdsCredentials(config, profile) && holdsCredentials(credentials, profile),
    ),
    followed: named === undefined ? undefined : followProfile(named, files),
  };
}

/** Tells whether the default profile is intended: it only runs a command, and the environment has no keys. */
function isMeant(profile: ProfileOffer | undefined, variables: Invocation["variables"]): boolean {
  const keysInEnvironment = (variables["AWS_ACCESS_KEY_ID"] ?? "") !== "";
  if (profile?.name !== "default" || keysInEnvironment) return false;
  const { staticKeys, assumeRole, webIdentity, sso, credentialProcess } = profile;
  return credentialProcess && staticKeys === undefined && !assumeRole && !webIdentity && !sso;
}

function offerOf(name: string, config: SharedConfig, credentials: SharedConfig): ProfileOffer | undefined {
  if (!config.profiles.has(name) && !credentials.profiles.has(name)) return undefined;
  const has = (key: string) =>
    (credentials.profiles.get(name)?.get(key) ?? config.profiles.get(name)?.get(key) ?? "") !== "";
  const isIn = ({ profiles }: SharedConfig, key: string) => (profiles.get(name)?.get(key) ?? "") !== "";
  const fileOf = (key: string) => (isIn(credentials, key) ? "credentials" : isIn(config, key) ? "config" : undefined);
  return {
    name,
    staticKeys: fileOf("aws_access_key_id"),
    assumeRole: has("role_arn") && (has("source_profile") || has("credential_source")),
    webIdentity: has("web_identity_token_file"),
    sso: has("sso_session") || has("sso_start_url"),
    credentialProcess: has("credential_process"),
  };
}

function holdsCredentials({ profiles }: SharedConfig, name: string): boolean {
  return ["aws_access_key_id", "credential_process", "role_arn", "sso_session"].some(
    (key) => profiles.get(name)?.has(key) === true,
  );
}

function duplicatesIn({ bytes, file }: SharedFile): readonly string[] {
  const headers = [...decodeText(bytes).matchAll(/^\[([^\]]*)\]/gm)].map(([, header = ""]) =>
    header.trim().replaceAll(/\s+/g, " "),
  );
  const repeated = headers.filter((header, index) => headers.indexOf(header) !== index);
  return [...new Set(repeated)].map((header) => `[${header}] in ${file}`);
}
