import { quoteValue } from "../aws/inline-value.js";
import { readerShellOf } from "../aws/reader-shell.js";
import type { ReaderShell } from "../aws/reader-shell.js";
import { UsageError } from "../errors.js";
import type { AnyCommand } from "./command.js";
import { ownWords } from "./line/arguments.js";
import { entry, formatCommandHelp, formatExample, formatParagraphs, section } from "./line/help.js";
import { nearest } from "../settings/nearest.js";
import { areWholeFlags, dashNamed } from "./line/mend-line.js";
import { programName } from "./program-name.js";
import { registry } from "./registry.js";
import { commandGroups, commandSummaries } from "./summaries.js";

export const programDescription =
  "Trades an X.509 certificate for temporary AWS credentials through IAM Roles Anywhere.";

const examples = [
  { command: "rolesanywhere-ts configure --help", describe: "Show every flag of a command" },
  {
    command: "rolesanywhere-ts check --profile prod",
    describe: "Find what is wrong with a profile, and what to fix first",
  },
] as const;

/** Help for the whole program: its purpose and one line per command. */
export function programHelp(shell: ReaderShell): string {
  const sections = [
    `Usage: ${programName} COMMAND [flags]`,
    formatParagraphs(programDescription),
    ...commandGroups.map((group) =>
      section(
        group,
        Object.entries(commandSummaries)
          .filter(([, command]) => command.group === group)
          .map(([name, { summary }]) => entry(name, summary)),
      ),
    ),
    section(
      "Examples",
      examples.map((example) => formatExample(example, shell)),
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Help for the program, or for one command. */
export function help(name: string | undefined, reader: Parameters<typeof readerShellOf>[0]): string | Promise<string> {
  const shell = readerShellOf(reader);
  if (name === undefined) return programHelp(shell);
  return ["help", "--help", "-h", "-?"].includes(name) ? helpOnHelp : commandHelp(name, shell);
}

const helpOnHelp = `Usage: ${programName} help [COMMAND]

Shows help for a command, as COMMAND --help does, or lists all commands.
`;

/** Help for one command. */
export async function commandHelp(name: string, shell: ReaderShell): Promise<string> {
  return formatCommandHelp(programName, await loadCommand(name), shell);
}

/**
 * Finds the command in a line that begins with flags, which may come before it as in the official helper. The command's
 * own flags decide whether a word is the command or the value of a flag.
 *
 * @throws UsageError `ERR_UNKNOWN_COMMAND`
 */
export async function findCommand(
  argv: readonly string[],
): Promise<{ readonly name: string; readonly words: readonly string[] }> {
  for (const [index, name] of ownWords(argv).entries()) {
    if (!Object.hasOwn(registry, name)) continue;
    const before = argv.slice(0, index);
    const { options } = await loadCommand(name);
    if (areWholeFlags(before, options)) return { name, words: [...before, ...argv.slice(index + 1)] };
  }
  const [first = ""] = argv;
  throw new UsageError(
    "ERR_UNKNOWN_COMMAND",
    `no command on a line that begins with ${quoteValue(first.replace(/=.*/s, ""))}`,
    {
      hints: [`write "${programName} COMMAND [flags]", and run "${programName} --help" for the commands`],
    },
  );
}

async function loadCommand(name: string): Promise<AnyCommand> {
  const registered = Object.hasOwn(registry, name) ? registry[name] : undefined;
  return (registered ?? refuseUnknownCommand(name)).load();
}

/** @throws UsageError `ERR_UNKNOWN_COMMAND` always */
export function refuseUnknownCommand(name: string): never {
  const near = nearest(name, Object.keys(registry));
  const dash = dashNamed(name);
  if (dash !== undefined) throw dash;
  throw new UsageError("ERR_UNKNOWN_COMMAND", `unknown command ${quoteValue(name)} for "${programName}"`, {
    hints: [near === undefined ? `run "${programName} --help" for the commands` : `did you mean "${near}"?`],
  });
}
