import { readNamedFile } from "../aws/files/read-named-file.js";
import { configFilePath, credentialsFilePath, parseSharedConfig } from "../aws/shared-config.js";
import type { SharedConfig } from "../aws/shared-config.js";
import type { Surroundings } from "../diagnosis/competing-sources.js";
import type { ProfileOffer } from "../diagnosis/sdk-sources.js";
import { hasDefaultCredentials } from "./hidden-default-profile.js";
import type { Invocation } from "./invocation.js";

/** What AWS tools would find here: the profile in force, and whatever stands twice. */
export interface AwsSurroundings extends Surroundings {
  /** The profile's `credential_process` line. */
  readonly processLine: string | undefined;
  readonly configFile: string | undefined;
}

/** @param named The profile of `--profile`; undefined for what `AWS_PROFILE` says. */
export function readSurroundings(named: string | undefined, invocation: Invocation): AwsSurroundings {
  const { variables } = invocation;
  const name = named ?? (variables["AWS_PROFILE"] || "default");
  const configFile = configFilePath(invocation);
  const credentialsFile = credentialsFilePath(invocation);
  const configText = readText(configFile);
  const credentialsText = readText(credentialsFile);
  const config = parseSharedConfig(configText, configFile ?? "");
  // The credentials file has no "profile" before its names; with it the same reader serves both.
  const credentials = parseSharedConfig(
    credentialsText.replaceAll(/^\[\s*(?!default\s*\])([^\]]*)\]/gm, "[profile $1]"),
    credentialsFile ?? "",
  );
  const profile = offerOf(name, config, credentials);
  return {
    variables,
    profile,
    strayDefault: named === undefined && hasDefaultCredentials(invocation) && !isMeant(profile, variables),
    duplicates: [...duplicatesIn(configText, configFile), ...duplicatesIn(credentialsText, credentialsFile)],
    inBothFiles: [...config.profiles.keys()].filter(
      (profile) => holdsCredentials(config, profile) && holdsCredentials(credentials, profile),
    ),
    processLine: config.profiles.get(name)?.get("credential_process"),
    configFile,
  };
}

/** A default profile that runs a command is there for every tool, unless keys of the environment are meant. */
function isMeant(profile: ProfileOffer | undefined, variables: Invocation["variables"]): boolean {
  const keysInEnvironment = (variables["AWS_ACCESS_KEY_ID"] ?? "") !== "";
  if (profile?.name !== "default" || keysInEnvironment) return false;
  const { staticKeys, assumeRole, webIdentity, sso, credentialProcess } = profile;
  return credentialProcess && !staticKeys && !assumeRole && !webIdentity && !sso;
}

function offerOf(name: string, config: SharedConfig, credentials: SharedConfig): ProfileOffer | undefined {
  if (!config.profiles.has(name) && !credentials.profiles.has(name)) return undefined;
  const has = (key: string) =>
    (credentials.profiles.get(name)?.get(key) ?? config.profiles.get(name)?.get(key) ?? "") !== "";
  return {
    name,
    staticKeys: has("aws_access_key_id"),
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

function duplicatesIn(text: string, file: string | undefined): readonly string[] {
  const headers = [...text.matchAll(/^\[([^\]]*)\]/gm)].map(([, header = ""]) => header.trim().replaceAll(/\s+/g, " "));
  const repeated = headers.filter((header, index) => headers.indexOf(header) !== index);
  return [...new Set(repeated)].map((header) => `[${header}] in ${file ?? "?"}`);
}

function readText(file: string | undefined): string {
  if (file === undefined) return "";
  try {
    return readNamedFile(file).toString("utf8");
  } catch {
    return "";
  }
}
