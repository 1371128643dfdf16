import { spawn } from "node:child_process";
import { editSharedFile, requireSharedFile } from "../../aws/edit-shared-file.js";
import { configFilePath, profileNameOf, readSharedFiles } from "../../aws/shared-config.js";
import type { ConfigSection } from "../../aws/shared-config.js";
import { parseProfileName } from "../../delivery/credentials-file.js";
import { UsageError } from "../../errors.js";
import { profileKey } from "../../settings/lookup.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import { valueOf } from "../line/defaults.js";
import type { Command } from "../command.js";
import { gatherSettings, processLine, toProcessLine, toProfileKeys } from "./profile.js";
import { certificateOptions } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { identityConflicts } from "../options/identity.js";
import { resolveSettings } from "../sources/resolve-settings.js";

const group = "Profile";
const { "settings-profile": _, ...settingOptions } = certificateOptions;
const options = {
  profile: { kind: "string", placeholder: "PROFILE", default: "default", group, describe: "the profile to write" },
  keys: { kind: "boolean", group, describe: "write rolesanywhere_* keys, and a short command line that reads them" },
  "no-check": { kind: "boolean", group, describe: "do not run the new profile at the end" },
  ...settingOptions,
} as const;

interface Input {
  readonly flags: OptionValues<typeof options>;
  readonly file: string;
}

export const configureCommand: Command<typeof options, Input> = {
  name: "configure",
  description: [
    "Writes a profile into the AWS config file (AWS_CONFIG_FILE, else ~/.aws/config) that gets its credentials from the",
    "certificate, quoted so that every SDK reads it alike, and runs it once. On a terminal it asks for what the flags do",
    "not say. Every other byte of the file stays as it is.",
  ].join("\n"),
  lasting: true,
  options,
  conflicts: identityConflicts,
  examples: [
    { command: "rolesanywhere-ts configure", describe: "Ask for everything on the terminal" },
    {
      command:
        "rolesanywhere-ts configure --profile app --certificate app.pem --private-key app-key.pem --trust-anchor-arn arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID --profile-arn arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID --role-arn arn:aws:iam::111122223333:role/Deploy",
      describe: "Without questions",
    },
  ],
  toInput({ options: flags }: Arguments<typeof options>, invocation) {
    const file = configFilePath(invocation);
    if (file === undefined) {
      throw new UsageError("ERR_SETTING", "no home directory is known, so the AWS config file is not either", {
        hints: ["set AWS_CONFIG_FILE to the file to write"],
      });
    }
    return { flags, file };
  },
  run,
};

async function run({ flags: given, file }: Input, invocation: Invocation) {
  requireSharedFile(file);
  const flags = await completeFlags(given, invocation);
  const { profile: _profile, keys = false, "no-check": noCheck = false, ...rest } = flags;
  const profile = parseProfileName(valueOf(flags, options, "profile"), "--profile");
  refuseUncommonName(profile);
  const { region } = resolveSettings(rest, invocation);
  const settings = gatherSettings(rest, invocation);
  const line = keys ? processLine(["--settings-profile", profile], invocation) : toProcessLine(settings, invocation);
  const present = readProfile(profile, invocation);
  const edit = {
    matches: (header: string) => profileNameOf(header) === profile,
    header: profile === "default" ? "default" : `profile ${profile}`,
    changes: {
      ...(present?.has("region") === true ? {} : { region: region.value }),
      credential_process: line,
      ...toProfileKeys(keys ? settings : new Map()),
    },
  };
  await editSharedFile(file, edit, { secret: false });
  invocation.stderr.write(`rolesanywhere-ts: profile "${profile}" written to ${file}\n`);
  warnOfRivals(present, profile, invocation);
  return { exitStatus: noCheck ? 0 : await runOnce(line, profile, invocation) };
}

/** Asks for what is missing where there is a terminal; what the profile holds already is offered as the answer. */
async function completeFlags(given: Input["flags"], invocation: Invocation): Promise<Input["flags"]> {
  if (invocation.stdin.isTTY !== true || invocation.stderr.isTTY !== true) return given;
  const { askQuestions, questions } = await import("../line/questions.js");
  const asked = questions.filter(({ name }) => (given as Readonly<Record<string, unknown>>)[name] === undefined);
  const hasOtherIdentity = given["cert-selector"] !== undefined || given.certificate !== undefined;
  const relevant = asked.filter(({ name }) => !hasOtherIdentity || (name !== "certificate" && name !== "private-key"));
  const [profileQuestion, ...others] = relevant;
  const first =
    profileQuestion?.name === "profile"
      ? await askQuestions([profileQuestion], new Map(), invocation)
      : new Map([["profile", valueOf(given, options, "profile")]]);
  const present = readProfile(first.get("profile") ?? options.profile.default, invocation);
  const known = new Map(
    questions.flatMap(({ name }) => {
      const value = present?.get(profileKey(name));
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const rest = await askQuestions(profileQuestion?.name === "profile" ? others : relevant, known, invocation);
  return { ...Object.fromEntries([...first, ...rest].filter(([, answer]) => answer !== "")), ...given };
}

function readProfile(profile: string, invocation: Invocation): ConfigSection | undefined {
  const { config } = readSharedFiles(invocation);
  if (config.fault !== undefined) throw config.fault;
  return config.profiles.get(profile);
}

/** The JavaScript SDK passes over sections with other names. */
function refuseUncommonName(name: string): void {
  if (/^[\w@+.%:/-]+$/.test(name)) return;
  throw new UsageError("ERR_SETTING", `the profile name "${name}" holds characters that some SDKs pass over`, {
    hints: ["take letters, digits and - _ . @ + / : %"],
  });
}

/** Keys by which most tools would find other credentials in the same profile first. */
function warnOfRivals(present: ConfigSection | undefined, profile: string, { stderr }: Invocation): void {
  const rivals = ["aws_access_key_id", "role_arn", "sso_session", "sso_start_url", "web_identity_token_file"].filter(
    (key) => present?.has(key),
  );
  if (rivals.length === 0) return;
  stderr.write(
    `rolesanywhere-ts: note: ${rivals.join(", ")} of profile "${profile}" may win over credential_process\n`,
  );
}

/** Runs the line as an SDK does. */
async function runOnce(line: string, profile: string, { stderr, variables }: Invocation): Promise<number> {
  const { status, output } = await new Promise<{ status: number; output: string }>((resolve, reject) => {
    const child = spawn(line, { env: variables, shell: true, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) => resolve({ status: code ?? 1, output: text }));
  });
  const expiration = status === 0 ? parseExpiration(output) : undefined;
  if (expiration === undefined) {
    stderr.write(`rolesanywhere-ts: the profile is written, but it gave no credentials yet\n`);
    return status === 0 ? 1 : status;
  }
  stderr.write(`rolesanywhere-ts: it works: a session until ${expiration}\n`);
  stderr.write(`rolesanywhere-ts: try "aws sts get-caller-identity --profile ${profile}"\n`);
  return 0;
}

function parseExpiration(text: string): string | undefined {
  try {
    const document = JSON.parse(text) as { readonly Version?: unknown; readonly Expiration?: unknown };
    return document.Version === 1 && typeof document.Expiration === "string" ? document.Expiration : undefined;
  } catch {
    return undefined;
  }
}
