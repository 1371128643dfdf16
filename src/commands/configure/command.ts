import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { sep } from "node:path";
import { editSharedFile, requireSharedFile } from "../../aws/edit-shared-file.js";
import { configFilePath } from "../../aws/shared-config.js";
import { readSharedProfiles } from "../../aws/shared-profiles.js";
import { parseProfileName } from "../../delivery/credentials-file.js";
import { dotnetRefusal } from "../../diagnosis/profile/dotnet-refusals.js";
import { UsageError } from "../../errors.js";
import { profileKey } from "../../settings/lookup.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import { valueOf } from "../line/defaults.js";
import type { Command } from "../command.js";
import { parseWritableName } from "../line/writable-name.js";
import { describeChanges, readPresent } from "./present.js";
import { gatherSettings, profileSettingNames, toProcessLine, toProfileKeys } from "./profile.js";
import type { ProfileSettings } from "./profile.js";
import { trySettings } from "./trial.js";
import { cachedCertificateOptions } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { oneLine } from "../../printable.js";
import { cacheConflicts } from "../options/cache.js";
import { identityConflicts } from "../options/identity.js";
import { readOwnLine } from "../sources/own-line.js";
import { resolveSettings } from "../sources/resolve-settings.js";

const group = "Profile";
const kubernetes = "Kubernetes";
const { "settings-profile": _, ...settingOptions } = cachedCertificateOptions;
const options = {
  profile: { kind: "string", placeholder: "PROFILE", default: "default", group, describe: "the profile to write" },
  keys: { kind: "boolean", group, describe: "write rolesanywhere_* keys, and a short command line that reads them" },
  "no-check": { kind: "boolean", group, describe: "write the profile without trying it first" },
  replace: { kind: "boolean", group, describe: "replace what the profile has, without asking; it stays as a comment" },
  kubeconfig: {
    kind: "boolean",
    group: kubernetes,
    describe: "write a user of the kubeconfig that logs in to an EKS cluster, and no profile",
  },
  cluster: { kind: "string", placeholder: "NAME", group: kubernetes, describe: "the cluster; with --kubeconfig" },
  "user-alias": {
    kind: "string",
    placeholder: "NAME",
    group: kubernetes,
    describe: "name of the user; default: the cluster's",
  },
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
    "certificate, quoted so that every SDK reads it alike. It tries the settings first, and writes nothing when they give no",
    "credentials. On a terminal it asks for what the flags do not say, and before it replaces anything; what it replaces",
    "stays as a comment, and every other byte of the file stays as it is.",
  ].join("\n"),
  lasting: true,
  options,
  conflicts: [...identityConflicts, ...cacheConflicts],
  examples: [
    { command: "rolesanywhere-ts configure", describe: "Ask for everything on the terminal" },
    {
      command:
        "rolesanywhere-ts configure --profile deploy --certificate app.pem --private-key app-key.pem --trust-anchor-arn arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/TA_ID --profile-arn arn:aws:rolesanywhere:us-east-1:111122223333:profile/PROFILE_ID --role-arn arn:aws:iam::111122223333:role/Deploy",
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
  if (given.kubeconfig === true) return runKubeconfig(given, invocation);
  requireSharedFile(file);
  if (given.profile !== undefined) parseWritableName(given.profile, "--profile");
  const flags = await completeFlags(given, invocation);
  const { profile: _profile, keys = false, "no-check": noCheck = false, replace = false, ...rest } = flags;
  const profile = parseWritableName(valueOf(flags, options, "profile"), "--profile");
  const settings = gatherSettings(rest, invocation);
  refuseMissing(settings, invocation);
  const { region } = resolveSettings(rest, invocation);
  const { line, inKeys } = toProcessLine({ profile, settings, asKeys: keys }, invocation);
  const present = readPresent(profile, invocation);
  const changes = {
    ...(present.keys?.has("region") === true ? {} : { region: region.value }),
    credential_process: line,
    ...toProfileKeys(inKeys ? settings : new Map()),
  };
  const replaced = describeChanges(present.keys, changes, invocation);
  if (replaced.length > 0 && !replace) await requireConsent(replaced, profile, file, invocation);
  const say = (text: string) => invocation.stderr.write(`rolesanywhere-ts: ${text}\n`);
  const trial = noCheck ? undefined : await trySettings({ line: inKeys ? undefined : line, settings }, invocation);
  if (trial?.kind === "fails") {
    say(`these settings give no credentials: nothing is written; --no-check writes profile "${profile}" all the same`);
    return { exitStatus: trial.exitStatus };
  }
  const header = profile === "default" ? "default" : `profile ${profile}`;
  await editSharedFile(file, { matches: present.matches, header, changes, remark }, { secret: false });
  if (trial !== undefined) say(`it works: a session until ${trial.expiration}`);
  say(`profile "${profile}" written to ${file}`);
  if (inKeys && !keys)
    say("the settings are keys of the profile: some SDKs on Windows run no line with quotation marks");
  if (replaced.length > 0) say(`what it replaced stays there as a comment: ${replaced.join("; ")}`);
  warnOfRivals(profile, invocation);
  warnOfPassingPath(invocation);
  if (trial !== undefined) say(`try "aws sts get-caller-identity --profile ${profile}"`);
  return { exitStatus: 0 };
}

/** @throws UsageError `ERR_ARGUMENT` without a cluster, and with settings: they must already be in the profile. */
async function runKubeconfig(given: Input["flags"], invocation: Invocation) {
  const { kubeconfig: _, cluster, "user-alias": alias, profile: _profile, region, ...rest } = given;
  const { "no-check": noCheck = false, replace = false, ...settings } = rest;
  if (cluster === undefined || cluster === "") {
    throw new UsageError("ERR_ARGUMENT", "configure --kubeconfig needs --cluster", {
      hints: ["write rolesanywhere-ts configure --kubeconfig --cluster NAME --profile PROFILE"],
    });
  }
  const [other] = Object.keys(settings);
  if (other !== undefined) {
    throw new UsageError("ERR_ARGUMENT", `configure --kubeconfig does not take --${other}`, {
      hints: ["write the profile first, with rolesanywhere-ts configure --profile PROFILE"],
    });
  }
  const { writeKubeconfigUser } = await import("./kubeconfig.js");
  const profile = parseProfileName(valueOf(given, options, "profile"), "--profile");
  const user = alias ?? cluster;
  return writeKubeconfigUser({ cluster, user, profile, region, checks: !noCheck, replaces: replace }, invocation);
}

const remark = "replaced by rolesanywhere-ts configure: ";

/** Reports all missing settings at once, including the certificate. */
function refuseMissing(settings: ProfileSettings, { platform }: Invocation): void {
  const hasStore = platform === "darwin" || platform === "win32";
  const identity = ["certificate", "private-key", "cert-selector", "cert-store"];
  const hasIdentity = hasStore || identity.some((name) => settings.has(name));
  const missing = [
    ...(hasIdentity ? [] : ["certificate"]),
    ...["trust-anchor-arn", "profile-arn", "role-arn"].filter((name) => !settings.has(name)),
  ];
  if (missing.length === 0) return;
  const names = missing.map((name) => `--${name}`);
  const list = names.length === 1 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
  throw new UsageError("ERR_SETTING", `${list} ${names.length === 1 ? "is" : "are"} missing`, {
    hints: ["give each as a flag or in the environment, or run configure on a terminal, where it asks"],
  });
}

/** @throws UsageError `ERR_CONFLICT` if nobody confirms that existing values may be replaced. */
async function requireConsent(
  replaced: readonly string[],
  profile: string,
  file: string,
  invocation: Invocation,
): Promise<void> {
  const { stdin, stderr } = invocation;
  const found = `profile "${profile}" in ${file} has ${replaced.join("; ")}`;
  if (stdin.isTTY === true && stderr.isTTY === true) {
    stderr.write(`rolesanywhere-ts: ${oneLine(found)}\n`);
    const { confirm } = await import("../line/questions.js");
    if (await confirm("Replace it? It stays in the file as a comment.", invocation)) return;
  }
  throw new UsageError("ERR_CONFLICT", `${found}: nothing is written`, {
    hints: ["give --replace to replace it, or another name with --profile"],
  });
}

/** Asks for missing settings on a terminal. Offers the profile's current values as answers. */
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
  const known = readAnswers(first.get("profile") ?? options.profile.default, invocation);
  const rest = await askQuestions(profileQuestion?.name === "profile" ? others : relevant, known, invocation);
  return { ...Object.fromEntries([...first, ...rest].filter(([, answer]) => answer !== "")), ...given };
}

/** Reads the profile's current values from its line or keys. */
function readAnswers(profile: string, invocation: Invocation): ReadonlyMap<string, string> {
  const { keys } = readPresent(profile, invocation);
  const flags = readOwnLine(keys?.get("credential_process") ?? "", "", invocation) ?? {};
  return new Map(
    profileSettingNames.flatMap((name) => {
      const value = flags[name] ?? keys?.get(profileKey(name));
      return typeof value === "string" ? [[name, value] as const] : [];
    }),
  );
}

/** Warns of a program in npx's cache or a temporary folder: if it is removed, the line no longer works. */
function warnOfPassingPath({ executablePath, stderr }: Invocation): void {
  const real = realpathSync(executablePath);
  const passes = /[\\/]_npx[\\/]/.test(real) || real.startsWith(`${realpathSync(tmpdir())}${sep}`);
  if (!passes) return;
  stderr.write(
    `rolesanywhere-ts: note: the profile runs ${real}, which npx or the system will remove: install the program, and run configure again\n`,
  );
}

/** Warns of keys in both files that win over the line in most tools, or make the SDK for .NET refuse the profile. */
function warnOfRivals(profile: string, invocation: Invocation): void {
  const present = readSharedProfiles(invocation).profiles.get(profile) ?? new Map<string, string>();
  const say = (text: string) => invocation.stderr.write(`rolesanywhere-ts: note: profile "${profile}": ${text}\n`);
  const rivals = ["aws_access_key_id", "role_arn", "sso_session", "sso_start_url", "web_identity_token_file"].filter(
    (key) => present.has(key),
  );
  if (rivals.length > 0) say(`${rivals.join(", ")} may win over credential_process`);
  const refusal = dotnetRefusal(present, "4");
  if (refusal !== undefined) say(`the AWS SDK for .NET refuses it: ${refusal}`);
}
