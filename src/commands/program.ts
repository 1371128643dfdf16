import { quoteValue } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import type { AnyCommand } from "./command.js";
import { entry, formatCommandHelp, formatExample, formatParagraphs, section } from "./line/help.js";
import { nearest } from "../settings/nearest.js";
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

/** Help for the program as a whole: what it does and one line a command. */
export function programHelp(): string {
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
    section("Examples", examples.map(formatExample)),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Help for one command. */
export function commandHelp(command: AnyCommand): Promise<string> {
  return formatCommandHelp(programName, command);
}

/** @throws UsageError `ERR_UNKNOWN_COMMAND` always */
export function refuseUnknownCommand(name: string): never {
  const near = nearest(name, Object.keys(registry));
  throw new UsageError("ERR_UNKNOWN_COMMAND", `unknown command ${quoteValue(name)} for "${programName}"`, {
    hints: [near === undefined ? `run "${programName} --help" for the commands` : `did you mean "${near}"?`],
  });
}
