import yargs from "yargs";
import type { Options as YargsOptions } from "yargs";
import { UsageError } from "../errors.js";
import { version } from "../version.js";
import type { OptionSpec, OptionTable } from "./arguments.js";
import type { AnyCommand } from "./command.js";
import { nearest } from "./nearest.js";
import { registry } from "./registry.js";

const scriptName = "rolesanywhere-ts";
const helpWidth = 100;

/** Help for the program as a whole: what it does and one line a command. */
export async function programHelp(): Promise<string> {
  const program = createYargs().usage(
    "$0 <command> [flags]\n\nTrades an X.509 certificate for temporary AWS credentials through IAM Roles Anywhere.",
  );
  for (const [name, command] of Object.entries(registry)) program.command(name, command.summary);
  return `${await program.getHelp()}\n\nRun "${scriptName} <command> --help" for the flags of a command.\n`;
}

/** Help for one command: synopsis, flags by group, exclusions and examples. */
export async function commandHelp(command: AnyCommand): Promise<string> {
  const synopsis = [
    scriptName,
    command.name,
    "[flags]",
    command.positionals?.usage,
    command.passThrough === true ? "-- COMMAND …" : undefined,
  ]
    .filter((word) => word !== undefined && word !== "")
    .join(" ");
  const program = createYargs()
    .usage(`${synopsis}\n\n${flowed(command.description)}`)
    .options(yargsOptions(command.options));
  for (const { command: line, describe } of command.examples) program.example(line, describe);
  const pairs = (command.conflicts ?? []).map(([one, other]) => `  --${one} / --${other}`);
  const exclusions = pairs.length === 0 ? "" : `\n\nExclude each other:\n${pairs.join("\n")}`;
  return `${withoutTypes(await program.getHelp())}${exclusions}\n`;
}

/** The same option table as yargs reads it; `test/commands/arguments.property.test.ts` holds both parsers together. */
export function yargsOptions(table: OptionTable): Record<string, YargsOptions> {
  return Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, yargsOption(spec)]));
}

function yargsOption(spec: OptionSpec): YargsOptions {
  const placeholder = spec.placeholder === undefined ? "" : `${spec.placeholder}  `;
  return {
    type: spec.kind === "boolean" ? "boolean" : "string",
    array: spec.kind === "list",
    // A boolean with nargs 0 would refuse --flag=true, which the lean parser takes.
    ...(spec.kind === "boolean" ? {} : { nargs: 1 }),
    describe: `${placeholder}${spec.describe}`,
    ...(spec.short === undefined ? {} : { alias: spec.short }),
    ...(spec.group === undefined ? {} : { group: `${spec.group}:` }),
    ...(spec.choices === undefined ? {} : { choices: spec.choices }),
    ...(spec.default === undefined ? {} : { defaultDescription: String(spec.default) }),
    ...(spec.hidden === true ? { hidden: true } : {}),
  };
}

/** @throws UsageError `ERR_UNKNOWN_COMMAND` always */
export function refuseUnknownCommand(name: string): never {
  const near = nearest(name, Object.keys(registry));
  throw new UsageError("ERR_UNKNOWN_COMMAND", `unknown command "${name}" for "${scriptName}"`, {
    hints: [near === undefined ? `run "${scriptName} --help" for the commands` : `did you mean "${near}"?`],
  });
}

/** Help without yargs' words for types, which the placeholders tell better. */
function withoutTypes(help: string): string {
  return help
    .replaceAll(/\n +\[(?:string|boolean|array)\](?=\n|$)/g, "")
    .replaceAll(/^( +)\[(?:string|boolean|array)\] /gm, "$1")
    .replaceAll(/(?<=\S) *\[(?:string|boolean|array)\](?= |$)/gm, "");
}

/** Paragraphs as one line each, for yargs to wrap. */
function flowed(text: string): string {
  return text.replaceAll(/(?<!\n)\n(?!\n)/g, " ");
}

function createYargs() {
  return yargs([])
    .scriptName(scriptName)
    .version(version)
    .help(false)
    .version(false)
    .wrap(helpWidth)
    .locale("en")
    .exitProcess(false)
    .parserConfiguration({
      "camel-case-expansion": false,
      "boolean-negation": false,
      "dot-notation": false,
      "parse-numbers": false,
    });
}
