// Writes docs/reference/commands.md from the option tables of the commands, so that no flag is described twice.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OptionSpec, OptionTable } from "../../src/commands/line/arguments.js";
import type { AnyCommand } from "../../src/commands/command.js";
import { certificateOptions } from "../../src/commands/sources/credential-source.js";
import { cacheConflicts, cacheOptions } from "../../src/commands/options/cache.js";
import { identityConflicts } from "../../src/commands/options/identity.js";
import { registry } from "../../src/commands/registry.js";
import { commandSummaries } from "../../src/commands/summaries.js";
import type { CommandName } from "../../src/commands/summaries.js";
import { environmentName } from "../../src/message.js";
import { profileKey } from "../../src/settings/lookup.js";
import type { Fault } from "./fault.js";
import { formatTable } from "./markdown.js";

const path = "docs/reference/commands.md";

export async function main(_: readonly string[], root: string): Promise<number> {
  writeFileSync(join(root, path), await formatCommandsPage());
  return 0;
}

/** Finds a page that differs from the option tables. */
export async function findCommandsPageFaults(root: string): Promise<readonly Fault[]> {
  const isFresh = readFileSync(join(root, path), "utf8") === (await formatCommandsPage());
  return isFresh ? [] : [{ path, line: 0, message: 'out of date with the option tables: run "npm run docs"' }];
}

type Entry = readonly [name: string, spec: OptionSpec];
type Pair = readonly [string, string];

/** Settings of all commands that use a certificate; a command that changes one lists it as its own. */
const shared: OptionTable = { ...certificateOptions, ...cacheOptions };
const sharedPairs = new Set([...identityConflicts, ...cacheConflicts].map(namePair));

async function formatCommandsPage(): Promise<string> {
  const names = (Object.keys(commandSummaries) as CommandName[]).toSorted();
  const sections = names.map(async (name) => {
    return formatCommand(name, commandSummaries[name].summary, await registry[name].load());
  });
  const parts = [
    "<!-- Written by `npm run docs` from the option tables; changes belong there. -->",
    "# Commands and flags",
    [
      "All commands and flags. `rolesanywhere-ts COMMAND --help` shows the same, with examples.",
      "[Configuration](../configuration.md) explains how the settings work together.",
    ].join("\n"),
    names.map((name) => `[${name}](#rolesanywhere-ts-${name})`).join(" · "),
    "## Shared settings",
    [
      "All commands that use a certificate have these settings. A flag overrides the variable; the variable overrides the key",
      "in the profile that `--settings-profile` names. In variables and keys, `;` separates the values of repeatable flags.",
      "Flags without a value are booleans: `--debug`, or `--debug=false`; `true` and `false` in variables and keys. See",
      "[configuration](../configuration.md#where-settings-come-from) for the syntax of values.",
    ].join("\n"),
    ...groupsOf(visible(shared)).map(([group, entries]) => formatSharedGroup(group, entries)),
    `Conflicts: ${[...sharedPairs].join("; ")}.`,
    ...(await Promise.all(sections)),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Formats each setting with its three names. */
function formatSharedGroup(group: string, entries: readonly Entry[]): string {
  const rows = entries.map(([name, spec]) => {
    const names = [formatFlag(name, spec), code(environmentName(name))];
    // A profile cannot name itself.
    if (name !== "settings-profile") names.push(code(profileKey(name)));
    return [names.join("<br>"), formatMeaning(spec)];
  });
  return `### ${group}\n\n${formatTable(["flag, variable, key in the profile", "meaning"], rows)}`;
}

function formatCommand(name: string, summary: string, command: AnyCommand): string {
  const entries = visible(command.options as OptionTable);
  const isShared = ([flag, spec]: Entry) => shared[flag] === spec;
  const synopsis = [
    `rolesanywhere-ts ${name}`,
    ...(entries.length > 0 ? ["[flags]"] : []),
    ...(command.positionals === undefined ? [] : [command.positionals.usage]),
    ...(command.passThrough === true ? ["-- COMMAND …"] : []),
  ];
  const lines = [`## rolesanywhere-ts ${name}`, `${summary}.`, `\`\`\`text\n${synopsis.join(" ")}\n\`\`\``];
  const groups = groupsOf(entries.filter(isShared)).map(([group, taken]) => nameGroup(group, taken));
  if (groups.length > 0) lines.push(`Shared settings: ${groups.join("; ")}.`);
  for (const [group, own] of groupsOf(entries.filter((entry) => !isShared(entry)))) {
    const rows = own.map(([flag, spec]) => [formatFlag(flag, spec), formatMeaning(spec)]);
    lines.push(formatTable([group === "Flags" ? "flag" : `flag (${group})`, "meaning"], rows));
  }
  const pairs = ((command.conflicts ?? []) as readonly Pair[]).map(namePair).filter((pair) => !sharedPairs.has(pair));
  if (pairs.length > 0) lines.push(`Conflicts: ${pairs.join("; ")}.`);
  return lines.join("\n\n");
}

/** Names a group, and the flags that the command accepts if not all. */
function nameGroup(group: string, taken: readonly Entry[]): string {
  const link = `[${group}](#${group.toLowerCase().replaceAll(" ", "-")})`;
  const names = new Set(taken.map(([name]) => name));
  const left = visible(shared).filter(([name, spec]) => spec.group === group && !names.has(name));
  const list = (entries: readonly Entry[]) => entries.map(([name]) => code(`--${name}`)).join(", ");
  if (left.length === 0) return link;
  return left.length < taken.length ? `${link} without ${list(left)}` : `of ${link} ${list(taken)}`;
}

function formatFlag(name: string, { kind, placeholder, short }: OptionSpec): string {
  const letter = short === undefined ? "" : `-${short}, `;
  return code(`${letter}--${name}${kind === "boolean" ? "" : ` ${placeholder ?? "VALUE"}`}`);
}

function formatMeaning({ describe, choices, default: fallback, kind }: OptionSpec): string {
  // Flags and URLs as code, so that no renderer turns them into dashes or links.
  const plain = describe.replaceAll(/(?<![\w`-])(?:--[a-z][a-z\d-]*|https?:\/\/[^\s,;)]+)/g, code);
  const notes = [
    ...(choices === undefined ? [] : [`one of ${choices.map(code).join(", ")}`]),
    ...(fallback === undefined ? [] : [`default ${code(String(fallback))}`]),
    ...(kind === "list" && !/repeat/.test(describe) ? ["repeatable"] : []),
  ];
  return [plain, ...notes].join("; ").replaceAll("|", "\\|").replaceAll("\n", " ");
}

function visible(options: OptionTable): readonly Entry[] {
  return Object.entries(options).filter(([, spec]) => spec.hidden !== true);
}

function groupsOf(entries: readonly Entry[]): readonly (readonly [string, readonly Entry[]])[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = entry[1].group ?? "Flags";
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return [...groups];
}

function namePair([one, other]: Pair): string {
  return `${code(`--${one}`)} and ${code(`--${other}`)}`;
}

function code(text: string): string {
  return `\`${text}\``;
}
