import { wrapText } from "../../diagnosis/report.js";
import type { ReaderShell } from "../../aws/reader-shell.js";
import type { OptionSpec, OptionTable } from "./arguments.js";
import type { AnyCommand, Example } from "../command.js";

/** Width of help on every terminal. */
const width = 80;
const indent = 2;
const descriptionColumn = 28;

/** Groups that several commands share. Help shows them after the command's own, in this order. */
export const sharedGroups = [
  "Credentials",
  "Base credentials",
  "Certificate and key",
  "Session",
  "Role chaining",
  "Connection",
  "Settings",
  "Cache",
] as const;

/** Help for one command: usage, description, flags by group, conflicts and examples. */
export async function formatCommandHelp(programName: string, command: AnyCommand, shell: ReaderShell): Promise<string> {
  const { positionals, conflicts = [], examples } = command;
  const groups = groupOptions(command.options);
  const sections = [
    `Usage: ${formatUsage(programName, command)}`,
    formatParagraphs(command.description),
    positionals === undefined ? "" : section("Arguments", [entry(positionals.usage, positionals.describe)]),
    groups.length === 0 ? "" : await formatGroups(groups),
    conflicts.length === 0 ? "" : section("Conflicts", formatConflicts(conflicts)),
    section(
      "Examples",
      examples.map((example) => formatExample(example, shell)),
    ),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

/** The usage line: `rolesanywhere-ts scan [flags] TABLE`. */
export function formatUsage(programName: string, command: AnyCommand): string {
  const flags = Object.keys(command.options).length === 0 ? undefined : "[flags]";
  const rest = command.passThrough === true ? "-- COMMAND …" : undefined;
  return [programName, command.name, flags, command.positionals?.usage, rest]
    .filter((word) => word !== undefined)
    .join(" ");
}

/** Visible flags by group: first the command's own groups, then shared ones. */
export function groupOptions(table: OptionTable): (readonly [string, (readonly [string, OptionSpec])[]])[] {
  const groups = new Map<string, (readonly [string, OptionSpec])[]>();
  for (const [name, spec] of Object.entries(table)) {
    if (spec.hidden === true) continue;
    const group = spec.group ?? "Flags";
    groups.set(group, [...(groups.get(group) ?? []), [name, spec]]);
  }
  const rank = ([group]: readonly [string, unknown]) => sharedGroups.indexOf(group as (typeof sharedGroups)[number]);
  return [...groups].sort((one, other) => rank(one) - rank(other));
}

/** A flag and its value without the dashes: `request METHOD`. */
function formatTyped(name: string, { kind, placeholder, choices }: OptionSpec): string {
  const value = kind === "boolean" ? "" : ` ${placeholder ?? (choices === undefined ? "VALUE" : "WORD")}`;
  return `${name}${value}`;
}

/** The description of a flag, with its choices and default. */
export function formatMeaning(name: string, { describe, kind, choices, default: fallback }: OptionSpec): string {
  const values = choices === undefined ? "" : `; one of ${choices.join(", ")}`;
  if (fallback === undefined) return `${describe}${values}`;
  const shown = kind === "string" && choices === undefined ? `"${fallback}"` : String(fallback);
  const absent = kind === "boolean" ? `on; --${name}=false turns it off` : `default ${shown}`;
  return `${describe}${values} (${absent})`;
}

/** A title and lines, also for the program's help. */
export function section(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines].join("\n");
}

/** A word and its meaning: on one line if the word fits the column, else on two. */
export function entry(word: string, meaning: string): string {
  const lines = wrapText(meaning, width - descriptionColumn);
  const margin = " ".repeat(descriptionColumn);
  const head = " ".repeat(indent) + word;
  if (head.length > descriptionColumn - 2) return [head, ...lines.map((line) => margin + line)].join("\n");
  return lines.map((line, index) => (index === 0 ? head.padEnd(descriptionColumn) : margin) + line).join("\n");
}

/**
 * Formats an example: its description, and below it the command for the reader's shell. The command is one line,
 * however long, because each shell continues lines differently.
 */
export function formatExample(example: Example, shell: ReaderShell): string {
  const { command, describe } = example;
  return `  ${describe}:\n    ${shell === "posix" ? command : (example[shell] ?? command)}`;
}

/** Wraps paragraphs, which are separated by empty lines. */
export function formatParagraphs(text: string): string {
  return text
    .split(/\n\n+/)
    .map((paragraph) => wrapText(paragraph, width).join("\n"))
    .join("\n\n");
}

async function formatGroups(groups: ReturnType<typeof groupOptions>): Promise<string> {
  // Loaded only for help: loading yargs takes longer than running most commands.
  const { formatOptionHelp } = await import("./option-help.js");
  const shown = groups.map(
    ([group, flags]) =>
      [
        group,
        flags.map(([name, spec]) => ({
          typed: formatTyped(name, spec),
          short: spec.short,
          meaning: formatMeaning(name, spec),
        })),
      ] as const,
  );
  return formatOptionHelp(shown, width);
}

function formatConflicts(conflicts: readonly (readonly [string, string])[]): string[] {
  const others = new Map<string, string[]>();
  for (const [one, other] of conflicts) others.set(one, [...(others.get(one) ?? []), other]);
  return [...others].map(([one, names]) => entry(`--${one}`, `with ${names.map((name) => `--${name}`).join(", ")}`));
}
