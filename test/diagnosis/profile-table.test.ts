// Set-ups of profiles, each with what check says first, and what the tools themselves get: botocore, which the AWS CLI and
// boto3 use, the SDK for JavaScript, and those for Go, Java and .NET where they are. No "ok" that a tool contradicts, and no
// failure where every tool gets credentials.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import type { Tool } from "../../src/diagnosis/profile/parsers/outcome.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { profileReaders, readProfiles } from "../support/profile-readers.js";
import { executable, runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

const folder = createScratch("profile-table");
const give = join(folder, "give");
writeFileSync(
  give,
  `#!/bin/sh\necho '{"Version":1,"AccessKeyId":"FOREIGN","SecretAccessKey":"s","SessionToken":"t","Expiration":"2099-01-01T00:00:00Z"}'\n`,
);
chmodSync(give, 0o755);

const [cli, javascript, go, java, dotnet] = profileReaders;

interface SetUp {
  readonly what: string;
  /** LINE stands for a sound `credential_process` line of this program, FLAGS for its flags, ROLE for a chained role. */
  readonly config?: string | Buffer;
  readonly credentials?: string;
  /** Default `app`. */
  readonly name?: string;
  /** The first failure, else the first warning about the profile; `ok` for neither. */
  readonly says: `FAIL ${string}` | `warn ${string}` | "ok" | "not ours";
  /** Who gets the credentials of this program; default: all for `ok`, none for a failure. */
  readonly works?: readonly (Tool | undefined)[];
}

const plain = "[profile app]\ncredential_process = LINE\n";
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
const chained = (keys: string) => `[profile app]\nrole_arn = ROLE\n${keys}[profile base]\ncredential_process = LINE\n`;

const setUps: readonly SetUp[] = [
  // What works.
  { what: "a plain profile", config: plain, says: "ok" },
  { what: "the credentials file", credentials: plain.replace("profile ", ""), says: "ok" },
  { what: "[default]", config: plain.replace("profile app", "default"), name: "default", says: "ok" },
  { what: "[profile default]", config: plain.replace("app", "default"), name: "default", says: "ok" },
  { what: "Windows line endings", config: plain.replaceAll("\n", "\r\n"), says: "ok" },
  { what: "no line ending at the end", config: plain.trimEnd(), says: "ok" },
  { what: "no spaces around the equals sign", config: plain.replace(" = ", "="), says: "ok" },
  { what: "comments on separate lines", config: `# mine\n; too\n${plain}# end\n`, says: "ok" },
  { what: "the program in quotes", config: plain.replace("LINE", '"PROGRAM" credential-process FLAGS'), says: "ok" },
  { what: "a nested section above", config: `[profile s]\ns3 =\n  max_queue_size = 9\n${plain}`, says: "ok" },
  {
    what: "a chained role with its external id",
    config: chained("external_id = example-external-id\nregion = us-east-1\nsource_profile = base\n"),
    says: "ok",
  },
  // What no tool can use.
  { what: "a missing profile", config: plain.replace("app", "other"), says: "FAIL PROFILE_SOURCE" },
  { what: "no files at all", says: "FAIL PROFILE_SOURCE" },
  { what: "only a region", config: "[profile app]\nregion = us-east-1\n", says: "FAIL PROFILE_SOURCE" },
  { what: "a header without profile", config: plain.replace("profile ", ""), says: "FAIL PROFILE_SOURCE" },
  { what: "profile in the credentials file", credentials: plain, says: "FAIL PROFILE_SOURCE", works: [dotnet] },
  { what: "an empty line", config: "[profile app]\ncredential_process =\n", says: "FAIL PROFILE_SOURCE" },
  {
    what: "a value that starts on the next line",
    config: plain.replace("= LINE", "=\n  LINE"),
    says: "FAIL PROFILE_SOURCE",
  },
  {
    what: "a missing source_profile",
    config: "[profile app]\nrole_arn = ROLE\nsource_profile = gone\n",
    says: "FAIL PROFILE_SOURCE",
  },
  {
    what: "a loop of source profiles",
    config: "[profile app]\nrole_arn = ROLE\nsource_profile = b\n[profile b]\nrole_arn = ROLE\nsource_profile = app\n",
    says: "FAIL PROFILE_SOURCE",
  },
  {
    what: "a source profile with only a region",
    config: "[profile app]\nrole_arn = ROLE\nsource_profile = b\n[profile b]\nregion = x\n",
    says: "FAIL PROFILE_SOURCE",
  },
  { what: "a wrong external id", config: chained("external_id = wrong\nsource_profile = base\n"), says: "FAIL HOP" },
  { what: "a chained role without its external id", config: chained("source_profile = base\n"), says: "FAIL HOP" },
  {
    what: "a chained role that does not exist",
    config: chained("source_profile = base\n").replace("ROLE", "arn:aws:iam::111122223333:role/nowhere"),
    says: "FAIL HOP",
  },
  {
    what: "a chained role that is not a role ARN",
    config: chained("source_profile = base\n").replace("ROLE", "arn:aws:s3:::bucket"),
    says: "FAIL SETTINGS",
  },
  { what: "a quotation mark left open", config: plain.replace("LINE", 'LINE "'), says: "FAIL PROFILE_COMMAND" },
  { what: "a backslash at the end", config: plain.replace("LINE", "LINE \\"), says: "FAIL PROFILE_COMMAND" },
  {
    what: "a missing program",
    config: plain.replace("LINE", "no-such-program FLAGS"),
    says: "FAIL PROFILE_EXECUTABLE",
  },
  {
    what: "a program that is not executable",
    config: plain.replace("LINE", `${join(folder, "give-not")} credential-process`),
    says: "FAIL PROFILE_EXECUTABLE",
  },
  {
    what: "a folder as program",
    config: plain.replace("LINE", `${folder} credential-process`),
    says: "FAIL PROFILE_EXECUTABLE",
  },
  { what: "an unknown flag", config: plain.replace("LINE", "LINE --no-such-flag x"), says: "FAIL SETTINGS" },
  { what: "an extra word", config: plain.replace("LINE", "LINE word"), says: "FAIL SETTINGS" },
  {
    what: "no flags",
    config: plain.replace("FLAGS", "").replace("LINE", "PROGRAM credential-process"),
    says: "FAIL SETTINGS",
  },
  {
    what: "settings of a missing profile",
    config: plain.replace("LINE", "PROGRAM credential-process --settings-profile gone"),
    says: "FAIL SETTINGS",
  },
  {
    what: "a key with a wrong value",
    config:
      "[profile app]\ncredential_process = PROGRAM credential-process --settings-profile app\nKEYSrolesanywhere_session_duration = long\n",
    says: "FAIL SETTINGS",
  },
  {
    what: "a duration out of range",
    config: plain.replace("LINE", "LINE --session-duration 60"),
    says: "FAIL SETTINGS",
  },
  { what: "another region", config: plain.replace("LINE", "LINE --region eu-west-1"), says: "FAIL SETTINGS_REGION" },
  {
    what: "a missing certificate",
    config: plain.replace("LINE", "LINE --intermediates /nowhere/ca.pem"),
    says: "FAIL INTERMEDIATES_FILE",
  },
  { what: "UTF-16, as PowerShell 5.1 writes it", config: utf16(plain), says: "warn SHARED_FILES", works: [dotnet] },
  // What some tools can use and others not.
  { what: "a byte order mark", config: `\uFEFF${plain}`, says: "warn SHARED_FILES", works: [javascript, dotnet] },
  {
    what: "a duplicate key",
    config: `${plain}credential_process = LINE\n`,
    says: "warn SHARED_FILES",
    works: [javascript, go, java],
  },
  {
    what: "another duplicate key",
    config: `${plain}output = json\noutput = text\n`,
    says: "warn SHARED_FILES",
    works: [javascript, go, java],
  },
  {
    what: "a duplicate section",
    config: plain + plain,
    says: "warn COMPETING_SOURCES",
    works: [javascript, go, java, dotnet],
  },
  {
    what: "a duplicate section of another profile",
    config: `[profile b]\n[profile b]\n${plain}`,
    says: "warn COMPETING_SOURCES",
    works: [javascript, go, java, dotnet],
  },
  {
    what: "a key before the first header",
    config: `region = us-east-1\n${plain}`,
    says: "warn SHARED_FILES",
    works: [javascript, go, dotnet],
  },
  {
    what: "a line without an equals sign",
    config: `${plain}word\n`,
    says: "warn SHARED_FILES",
    works: [javascript, go],
  },
  {
    what: "spaces inside the brackets",
    config: plain.replace("profile app", " profile app "),
    says: "warn SHARED_FILES",
    works: [go, java, dotnet],
  },
  {
    what: "two spaces before the name",
    config: plain.replace(" app", "  app"),
    says: "warn SHARED_FILES",
    works: [cli, go, java, dotnet],
  },
  {
    what: "the name in quotes",
    config: plain.replace("app", '"app"'),
    says: "warn SHARED_FILES",
    works: [cli, javascript],
  },
  {
    what: "a name with a space",
    config: plain.replace("app", '"my app"'),
    name: "my app",
    says: "warn SHARED_FILES",
    works: [cli],
  },
  {
    what: "a name with non-ASCII letters",
    config: plain.replace("app", "größe"),
    name: "größe",
    says: "warn SHARED_FILES",
    works: [cli, go, dotnet],
  },
  {
    what: "a colon instead of an equals sign",
    config: plain.replace(" =", ":"),
    says: "warn SHARED_FILES",
    works: [cli, go],
  },
  {
    what: "a key in upper case",
    config: plain.replace("cred", "CRED"),
    says: "warn SHARED_FILES",
    works: [cli, go, dotnet],
  },
  {
    what: "an indented header",
    config: `  ${plain}`,
    says: "warn SHARED_FILES",
    works: [cli, javascript, go, dotnet],
  },
  {
    what: "an indented second key",
    config: "[profile app]\nregion = us-east-1\n  credential_process = LINE\n",
    says: "FAIL PROFILE_SOURCE",
    works: [javascript, go, dotnet],
  },
  {
    what: "a comment after the header",
    config: plain.replace("]", "] # mine"),
    says: "warn SHARED_FILES",
    works: [cli, javascript, go, java],
  },
  {
    what: "quotation marks at both ends",
    config: plain
      .replace("LINE", '"PROGRAM" credential-process FLAGS --role-session-name "demo"')
      .replace(' --role-session-name "demo"', ' --no-cache "--debug=false"'),
    says: "warn SHARED_FILES",
    works: [cli, javascript, java, dotnet],
  },
  {
    what: "a comment after the line",
    config: plain.replace("LINE", "LINE # mine"),
    says: "FAIL PROFILE_COMMAND",
    works: [javascript, go, java, dotnet],
  },
  {
    what: "a line that continues on the next",
    config: plain.replace("LINE", "PROGRAM credential-process \\\n  FLAGS"),
    says: "FAIL PROFILE_COMMAND",
    works: [java],
  },
  {
    what: "a second line of the value",
    config: plain.replace("LINE", "PROGRAM credential-process\n  FLAGS"),
    says: "FAIL PROFILE_COMMAND",
    works: [cli],
  },
  {
    what: "a variable of the shell",
    config: plain.replace("LINE", "LINE --cache-dir $HOME/cache"),
    says: "warn PROFILE_COMMAND",
    works: [cli, javascript, go, java, dotnet],
  },
  {
    what: "access keys in the credentials file",
    config: plain,
    credentials: "[app]\naws_access_key_id = KEYS\naws_secret_access_key = s\n",
    says: "warn COMPETING_SOURCES",
    works: [java],
  },
  {
    what: "access keys next to the line",
    config: `${plain}aws_access_key_id = KEYS\naws_secret_access_key = s\n`,
    says: "warn SDK_SOURCES",
    works: [cli, java],
  },
  {
    what: "both [default] and [profile default]",
    config: `[default]\nregion = us-east-1\n${plain.replace("app", "default")}`,
    name: "default",
    says: "warn SHARED_FILES",
    works: [cli, javascript, go, java],
  },
  {
    what: "[profile default] before [default]",
    config: `${plain.replace("app", "default")}[default]\nregion = us-east-1\n`,
    name: "default",
    says: "warn SHARED_FILES",
    works: [javascript, go, java],
  },
  {
    what: "role_arn next to the line",
    config: `${plain}role_arn = ROLE\n`,
    says: "warn SHARED_FILES",
    works: [javascript, java],
  },
  {
    what: "an SSO login next to the line",
    config: `${plain}sso_start_url = https://example.com\nsso_account_id = 111122223333\nsso_role_name = a\nsso_region = us-east-1\n`,
    says: "warn SDK_SOURCES",
    works: [javascript],
  },
  {
    what: "a web identity next to the line",
    config: `${plain}role_arn = ROLE\nweb_identity_token_file = /nowhere\n`,
    says: "warn SDK_SOURCES",
    works: [],
  },
  {
    what: "a source_profile next to the line",
    config: chained("external_id = example-external-id\nregion = us-east-1\nsource_profile = base\n").replace(
      "ROLE",
      "ROLE\ncredential_process = LINE",
    ),
    says: "warn PROFILE_SOURCE",
    works: [cli, javascript, java],
  },
  {
    what: "a chained role without a region",
    config: chained("external_id = example-external-id\nsource_profile = base\n"),
    says: "warn PROFILE_SOURCE",
    works: [javascript, go, java, dotnet],
  },
  // What comes from elsewhere.
  { what: "a shell", config: plain.replace("LINE", `sh -c "${give}"`), says: "not ours" },
  { what: "another program", config: plain.replace("LINE", give), says: "not ours" },
  { what: "SSO", config: "[profile app]\nsso_start_url = https://example.com\n", says: "not ours" },
  {
    what: "access keys",
    config: "[profile app]\naws_access_key_id = KEYS\naws_secret_access_key = s\n",
    says: "not ours",
  },
  {
    what: "credential_source",
    config: "[profile app]\nrole_arn = ROLE\ncredential_source = Environment\n",
    says: "not ours",
  },
  {
    what: "a web identity",
    config: "[profile app]\nrole_arn = ROLE\nweb_identity_token_file = /nowhere\n",
    says: "not ours",
  },
  { what: "a console login", config: "[profile app]\nlogin_session = arn:aws:iam::1:user/a\n", says: "not ours" },
];

let emulator: Emulator;
const folders = new Map<SetUp, string>();
const got = new Map<Tool, readonly string[]>();
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  emulator = await startEmulator({ program: [executable] });
  env = { AWS_ENDPOINT_URL_STS: emulator.url, AWS_EC2_METADATA_DISABLED: "true", AWS_REGION: "us-east-1" };
  writeFileSync(join(folder, "give-not"), "");
  const flags = emulatorFlags(emulator);
  const keys = flags.flatMap((word, index) =>
    word.startsWith("--") ? [`rolesanywhere_${word.slice(2).replaceAll("-", "_")} = ${flags[index + 1] ?? ""}\n`] : [],
  );
  const fill = (text: string) =>
    text
      .replaceAll("LINE", "PROGRAM credential-process FLAGS")
      .replaceAll("PROGRAM", executable)
      .replaceAll("FLAGS", flags.join(" "))
      .replaceAll("KEYSrolesanywhere", `${keys.join("")}rolesanywhere`)
      .replaceAll(/KEYS$/g, keys.join(""))
      .replaceAll("ROLE", roleArn(emulator, "Partner"));
  for (const [index, setUp] of setUps.entries()) {
    const { config = "", credentials = "", name = "app" } = setUp;
    const place = join(folder, String(index));
    mkdirSync(place);
    folders.set(setUp, place);
    writeFileSync(join(place, "name"), name);
    writeFileSync(
      join(place, "config"),
      typeof config === "string" ? fill(config) : utf16(fill(config.toString("utf16le").slice(1))),
    );
    writeFileSync(join(place, "credentials"), fill(credentials));
  }
  for (const tool of profileReaders) {
    const answers = await readProfiles(tool, "set-ups of profiles through", [...folders.values()], env);
    if (answers !== undefined) got.set(tool, answers);
  }
}, 300_000);
afterAll(() => emulator.stop());

const aboutProfile: ReadonlySet<string> = new Set([
  "COMPETING_SOURCES",
  "SDK_SOURCES",
  "PROFILE_SOURCE",
  "SHARED_FILES",
  "PROFILE_COMMAND",
  "PROFILE_EXECUTABLE",
]);

function verdictOf(findings: readonly Finding[]): string {
  const failure = findings.find(({ level }) => level === "fail");
  if (failure !== undefined) return `FAIL ${failure.code}`;
  const warning = findings.find(({ code, level }) => level === "warn" && aboutProfile.has(code));
  if (!findings.some(({ code }) => code === "CALLER_IDENTITY")) return "not ours";
  return warning === undefined ? "ok" : `warn ${warning.code}`;
}

describe("check agrees with the tools about profiles", () => {
  test.each(setUps)("$what: $says", async (setUp) => {
    const { says, name = "app", works = says === "ok" ? profileReaders : [] } = setUp;
    const place = folders.get(setUp) ?? "";
    const files = { AWS_CONFIG_FILE: join(place, "config"), AWS_SHARED_CREDENTIALS_FILE: join(place, "credentials") };
    const { stdout, stderr } = await runCli(["check", "--json", name], { env: { ...env, ...files } });
    expect(stderr).toBe("");
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
    const working = [...got].flatMap(([tool, answers]) =>
      answers[setUps.indexOf(setUp)]?.startsWith("ASIA") === true ? [tool] : [],
    );
    expect({ says: verdictOf(findings), works: working }).toEqual({
      says,
      works: works.filter((tool) => tool !== undefined && got.has(tool)),
    });
    // The finding about the files names the tools that get nothing, and no others.
    const finding = findings.find(({ code, level }) => code === "SHARED_FILES" && level === "warn");
    if (finding === undefined || says !== "warn SHARED_FILES") return;
    const named = [...got.keys()].filter((tool) => {
      const short = tool.replace("the AWS SDK for ", "").replaceAll(".", "[.]");
      return new RegExp(`(?:^|[ ,;])${short}(?:[,:]| and )`).test(finding.message);
    });
    expect(named).toEqual([...got.keys()].filter((tool) => !working.includes(tool)));
  });
});

test("the table has at least 50 faults", () => {
  const broken = setUps.filter(({ says }) => says !== "ok" && says !== "not ours");
  expect(broken.length).toBeGreaterThanOrEqual(50);
});
