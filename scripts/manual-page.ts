// Writes the manual page rolesanywhere-ts(1) from the commands and their option tables to the file of the first word.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { OptionSpec, OptionTable } from "../src/commands/line/arguments.js";
import type { AnyCommand } from "../src/commands/command.js";
import { credentialSourceOptions } from "../src/commands/sources/credential-source.js";
import { breakCommand } from "./break-command.js";
import { formatMeaning, formatUsage, groupOptions } from "../src/commands/line/help.js";
import { programName } from "../src/commands/program-name.js";
import { programDescription } from "../src/commands/program.js";
import { registry } from "../src/commands/registry.js";
import { commandGroups, commandSummaries } from "../src/commands/summaries.js";
import type { CommandName } from "../src/commands/summaries.js";
import { exitStatuses } from "../src/errors.js";
import type { Blame } from "../src/errors.js";
import { version } from "../src/version.js";

type Flag = readonly [string, OptionSpec];

const shared: Readonly<Record<string, OptionSpec>> = credentialSourceOptions;

export async function main([file = "dist/rolesanywhere-ts.1"]: readonly string[], root: string): Promise<number> {
  const commands = await Promise.all(
    (Object.keys(commandSummaries) as CommandName[]).map(
      async (name) => [name, { ...commandSummaries[name], command: await registry[name].load() }] as const,
    ),
  );
  writeFileSync(resolve(root, file), formatPage(new Map(commands)));
  return 0;
}

interface Entry {
  readonly group: string;
  readonly summary: string;
  readonly command: AnyCommand;
}

function formatPage(commands: ReadonlyMap<string, Entry>): string {
  const title = programName.toUpperCase();
  return `${[
    // No date: the same sources must give the same page on any day.
    `.TH ${request(title)} 1 "" ${request(`${programName} ${version}`)} "User Commands"`,
    // Left-aligned and without hyphenation, so that text can be copied unchanged.
    ".nh",
    ".ad l",
    ".SH NAME",
    `${prose(programName)} \\- trade an X.509 certificate for temporary AWS credentials`,
    ".SH SYNOPSIS",
    `.B ${prose(programName)}`,
    ".I COMMAND",
    "[flags]",
    ".br",
    `.B ${prose(programName)} help`,
    "[\\fICOMMAND\\fR]",
    ".SH DESCRIPTION",
    prose(programDescription),
    ...description.flatMap((paragraph) => [".PP", prose(paragraph)]),
    ".SH COMMANDS",
    ...commandGroups.flatMap((group) => [
      `.SS ${request(group)}`,
      ...[...commands]
        .filter(([, entry]) => entry.group === group)
        .flatMap(([name, { summary }]) => tagged(`\\fB${prose(name)}\\fR`, `${summary}.`)),
    ]),
    ".SH SHARED FLAGS",
    prose(
      "Commands that take credentials from a certificate share these; each command below says which groups it takes.",
    ),
    ...groupOptions(shared).flatMap(([group, flags]) => [`.SS ${request(group)}`, ...flags.flatMap(formatFlag)]),
    ".SH FLAGS OF EACH COMMAND",
    prose("Every command takes --help. Words are separated from flags by --."),
    ...[...commands.values()].flatMap(({ command }) => formatCommand(command)),
    ".SH ENVIRONMENT",
    ...environment.flatMap(([name, meaning]) => tagged(`\\fB${prose(name)}\\fR`, meaning)),
    ".SH FILES",
    ...files.flatMap(([name, meaning]) => tagged(`\\fI${prose(name)}\\fR`, meaning)),
    ".SH EXIT STATUS",
    ...tagged("0", "Done."),
    ...Object.entries(exitStatuses).flatMap(([blame, status]) => tagged(String(status), blames[blame as Blame])),
    prose("A command that is run by exec gives its own status."),
    ".SH EXAMPLES",
    ...[...commands.values()].flatMap(({ command }) => formatExamples(command)),
    ".SH SEE ALSO",
    ".BR aws (1),",
    ".BR curl (1),",
    ".BR openssl (1)",
    ".PP",
    prose("The AWS page on IAM Roles Anywhere:"),
    ".br",
    prose("https://docs.aws.amazon.com/rolesanywhere/"),
  ].join("\n")}\n`;
}

const description = [
  "AWS tools and SDKs run it as the credential_process of a profile and read the credentials that it prints. It takes every flag of AWS's own helper for IAM Roles Anywhere.",
  "Every setting of the certificate path has three names: a flag, a variable of the environment and a key in a profile. A flag beats the variable, the variable beats the key. Standard output holds data alone; messages go to standard error.",
];

const environment = [
  [
    "ROLESANYWHERE_TS_*",
    "The setting of a shared flag: ROLESANYWHERE_TS_ROLE_ARN for --role-arn. Lists are separated by semicolons.",
  ],
  ["AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE", "Files to use instead of ~/.aws/config and ~/.aws/credentials."],
  ["AWS_REGION, AWS_DEFAULT_REGION", "The region, if no flag and no ARN has one."],
  [
    "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_ROLESANYWHERE, AWS_ENDPOINT_URL_STS",
    "Endpoint URLs instead of the region's own.",
  ],
  ["AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT", "Use FIPS or dual-stack endpoints."],
  ["HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "Proxy settings."],
  ["AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS", "CA certificates: instead of the built-in ones, or in addition to them."],
  ["XDG_CACHE_HOME", "Parent of the cache folder, if not ~/.cache."],
  ["NO_COLOR", "Turns colors off."],
] as const;

const files = [
  ["~/.aws/config", "Profiles with rolesanywhere_* keys, written by configure."],
  ["~/.aws/credentials", "Profiles with credentials, kept up to date by update."],
  [
    "~/.cache/rolesanywhere-ts",
    "Cached sessions, encrypted with a key derived from the private key; on macOS in ~/Library/Caches, on Windows in %LOCALAPPDATA%.",
  ],
] as const;

const blames: Readonly<Record<Blame, string>> = {
  service: "AWS rejected the request or sent an invalid response.",
  usage: "The command line, environment, profile or input data is invalid.",
  identity: "The certificate, its chain or the private key is invalid.",
  network: "AWS could not be reached, or the request timed out.",
  internal: "Internal error.",
};

function formatCommand(command: AnyCommand): string[] {
  const groups = groupOptions(command.options as OptionTable);
  const isShared = ([name, spec]: Flag) => shared[name] === spec;
  const own = groups.flatMap(([, flags]) => flags.filter((flag) => !isShared(flag)));
  const taken = groups
    .filter(([, flags]) => flags.some(isShared))
    .map(([group, flags]) => nameGroup(group, flags.filter(isShared)));
  return [
    `.SS ${request(formatUsage(programName, command))}`,
    ...command.description
      .split(/\n\n+/)
      .flatMap((paragraph, index) => [...(index === 0 ? [] : [".PP"]), prose(paragraph)]),
    ...(command.positionals === undefined
      ? []
      : tagged(`\\fI${prose(command.positionals.usage)}\\fR`, command.positionals.describe)),
    ...own.flatMap(formatFlag),
    ...(taken.length === 0 ? [] : [".PP", prose(`Shared flags: ${taken.join("; ")}.`)]),
    ...(command.conflicts === undefined || command.conflicts.length === 0
      ? []
      : [".PP", prose(`Conflicts: ${formatConflicts(command)}.`)]),
  ];
}

/** Names a group if the command accepts all of it, else its flags. */
function nameGroup(group: string, flags: readonly Flag[]): string {
  const all = Object.values(shared).filter((spec) => spec.group === group && spec.hidden !== true);
  return flags.length === all.length ? group : `of ${group} ${flags.map(([name]) => `--${name}`).join(", ")}`;
}

function formatConflicts({ conflicts = [] }: AnyCommand): string {
  return conflicts.map(([one, other]) => `--${one} and --${other}`).join("; ");
}

function formatFlag([name, spec]: Flag): string[] {
  const short = spec.short === undefined ? "" : `\\fB\\-${spec.short}\\fR, `;
  const value = spec.kind === "boolean" ? "" : ` \\fI${prose(spec.placeholder ?? "VALUE")}\\fR`;
  return tagged(`${short}\\fB${prose(`--${name}`)}\\fR${value}`, formatMeaning(name, spec));
}

function formatExamples({ name, examples }: AnyCommand): string[] {
  return [
    `.SS ${request(name)}`,
    ...examples.flatMap(({ command, describe }, index) => [
      ...(index === 0 ? [] : [".PP"]),
      prose(`${describe}:`),
      ".PP",
      ".RS 4",
      ".nf",
      ...breakCommand(command, 64).map(literal),
      ".fi",
      ".RE",
    ]),
  ];
}

function tagged(tag: string, text: string): string[] {
  return [".TP", tag, prose(text)];
}

/** Fills text in short source lines; backquoted text becomes bold. */
function prose(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).map(literal)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length > 78) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.map((line) => line.replaceAll(/\\\(ga(.+?)\\\(ga/g, String.raw`\fB$1\fR`)).join("\n");
}

/** Escapes characters that are special to the formatter. */
function literal(text: string): string {
  const named: Readonly<Record<string, string>> = {
    "\\": String.raw`\(rs`,
    "-": String.raw`\-`,
    "'": String.raw`\(aq`,
    "`": String.raw`\(ga`,
    "^": String.raw`\(ha`,
    "~": String.raw`\(ti`,
    "\u2026": "...",
  };
  const escaped = text
    .replaceAll(/[\\\-'`^~\u2026]/g, (character) => named[character] ?? character)
    .replaceAll(
      /[^\u0000-\u007f]/gu,
      (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
  return escaped.startsWith(".") ? `\\&${escaped}` : escaped;
}

/** Quotes the argument of a request. */
function request(text: string): string {
  return `"${literal(text).replaceAll('"', String.raw`\(dq`)}"`;
}
