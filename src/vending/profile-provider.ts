import { refuseExpired } from "../aws/credentials-expiry.js";
import type { CredentialProvider } from "../aws/credentials.js";
import type { Environment } from "../aws/environment.js";
import { readSharedFiles } from "../aws/shared-config.js";
import { describeUnknownProfile, readSharedProfiles } from "../aws/shared-profiles.js";
import type { SharedProfiles } from "../aws/shared-profiles.js";
import { UsageError } from "../errors.js";
import { oneLine } from "../printable.js";
import { onCommandLine } from "../message.js";
import type { Text } from "../message.js";

export interface ProfileSources {
  readonly profile: string;
  /** For the STS calls of profiles with a role or a web identity. */
  readonly clientConfig: { readonly region?: string; readonly endpoint?: string };
  readonly environment: Pick<Environment, "variables" | "homeDirectory">;
  /** Prompts for the code of the profile's MFA device; undefined without a terminal. */
  readonly askMfaCode?: ((question: string) => Promise<string | undefined>) | undefined;
}

/**
 * Creates a provider of a named profile's credentials, from the source that its keys define and no other.
 *
 * @returns A provider that throws UsageError `ERR_CREDENTIALS` with what failed in the profile.
 */
export async function createProfileProvider({
  profile,
  clientConfig,
  environment,
  askMfaCode,
}: ProfileSources): Promise<CredentialProvider> {
  const { fromIni } = await import("@aws-sdk/credential-providers");
  const description = `profile "${profile}"`;
  const mfaCodeProvider = async (serial: string) => {
    const code = await askMfaCode?.(`MFA code of ${serial}: `);
    if (code === undefined) throw noTerminal(description, serial);
    return code.replaceAll(/\s/g, "");
  };
  return async () => {
    try {
      return refuseExpired(await fromIni({ profile, clientConfig, mfaCodeProvider })(), description, new Date());
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const shared = readSharedProfiles(environment);
      if (!shared.profiles.has(profile)) throw refuseUnknown(profile, environment);
      const reason = explain(profile, error, shared, environment);
      // oxlint-disable-next-line preserve-caught-error -- the cause could quote a credential_process line, with its password
      throw new UsageError("ERR_CREDENTIALS", `there are no credentials (${description}): ${reason}`, {
        hints: remedies(profile, shared, reason),
      });
    }
  };
}

function refuseUnknown(profile: string, environment: ProfileSources["environment"]): UsageError {
  const { fault, hint } = describeUnknownProfile(profile, readSharedFiles(environment));
  return new UsageError("ERR_CREDENTIALS", `there are no credentials: ${fault}`, {
    hints: [hint, onCommandLine("give --certificate and its flags, or name a profile that has credentials")],
  });
}

/** Explains what failed, without the command line of a `credential_process`, which may contain a password. */
function explain(
  profile: string,
  error: unknown,
  shared: SharedProfiles,
  environment: ProfileSources["environment"],
): string {
  const said = error instanceof Error ? error.message : "unknown fault";
  const unresolved = /^Could not resolve credentials using profile: \[(.*)\] in /s.exec(said)?.[1];
  if (unresolved !== undefined) return explainUnresolved(profile, unresolved, shared, environment);
  if (!said.startsWith("Command failed: ")) return shortened(said);
  const name = findProcess(profile, shared);
  // Node.js writes the command line, followed by the command's stderr.
  const told = shortened(said.split("\n").slice(1).join(" "));
  const subject = name === profile ? "its credential_process" : `the credential_process of profile "${name}"`;
  return `${subject} failed${told === "" ? " and wrote nothing to stderr" : `: ${told}`}`;
}

function explainUnresolved(
  profile: string,
  unresolved: string,
  { profiles }: SharedProfiles,
  environment: ProfileSources["environment"],
): string {
  const subject = unresolved === profile ? "it" : `its source_profile "${unresolved}"`;
  return profiles.has(unresolved)
    ? `${subject} has no complete set of keys that gives credentials`
    : `its source_profile: ${describeUnknownProfile(unresolved, readSharedFiles(environment)).fault}`;
}

/** Returns the profile whose process ran: the named one, or one that provides its source credentials. */
function findProcess(profile: string, { profiles }: SharedProfiles): string {
  const seen = new Set<string>();
  for (let name: string | undefined = profile; name !== undefined && !seen.has(name);) {
    seen.add(name);
    const keys = profiles.get(name);
    const source = keys?.get("source_profile");
    if (keys?.has("credential_process") === true && source === undefined) return name;
    name = source;
  }
  return profile;
}

function shortened(text: string): string {
  return oneLine(text.replaceAll(/\s+/g, " ")).trim().slice(0, 300);
}

function noTerminal(description: string, serial: string): UsageError {
  return new UsageError(
    "ERR_INPUT",
    `${description} asks for a code of ${serial}, and there is no terminal to ask on`,
    {
      hints: ["run it on a terminal, or put a session that was made with the code into the environment"],
    },
  );
}

/** Types of profiles with a login in the browser, and the command for it. */
const logins = [
  { keys: ["sso_session", "sso_start_url"], command: (name: string) => `aws sso login --profile ${name}` },
  { keys: ["login_session"], command: (name: string) => `aws login --profile ${name}` },
] as const;

/** Returns the login command of the profile, or of one that provides its source credentials. */
function loginCommand(profile: string, { profiles }: SharedProfiles): string | undefined {
  const seen = new Set<string>();
  for (let name: string | undefined = profile; name !== undefined && !seen.has(name);) {
    seen.add(name);
    const keys = profiles.get(name);
    const login = logins.find(({ keys: wanted }) => wanted.some((key) => keys?.has(key) === true));
    if (login !== undefined) return login.command(name);
    name = keys?.get("source_profile");
  }
  return undefined;
}

function remedies(profile: string, shared: SharedProfiles, reason: string): readonly Text[] {
  const login = /expired|token|sso|login/i.test(reason) ? loginCommand(profile, shared) : undefined;
  if (login !== undefined) return [`run "${login}"`];
  return ["correct the profile, or name another one", "run its login or its command by hand"];
}
