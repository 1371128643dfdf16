import { parseArguments, refuseConflicts, refusePositionals } from "../../src/commands/line/arguments.js";
import { refuseUnknownCommand } from "../../src/commands/program.js";
import { registry } from "../../src/commands/registry.js";
import { errorCodes, RolesAnywhereError } from "../../src/errors.js";
import { environmentName } from "../../src/message.js";
import { profileKey } from "../../src/settings/lookup.js";

/** The placeholder on pages for omitted values or flags. */
const ellipsis = "…";

/** Returns the error of the program's own parser for these words; undefined if it accepts them. */
export async function refusalOf(words: readonly string[]): Promise<string | undefined> {
  const [name, ...given] = words.at(-1) === ellipsis ? words.slice(0, -1) : words;
  if (name === undefined || ["--help", "-h", "--version", "help"].includes(name) || given.includes("--help")) return;
  try {
    const command = (await registry[name]?.load()) ?? refuseUnknownCommand(name);
    const { options, positionals } = parseArguments(given, command.options, command.passThrough === true);
    refuseConflicts(options, command.conflicts ?? []);
    refusePositionals(positionals, command.positionals);
    return undefined;
  } catch (error) {
    if (error instanceof RolesAnywhereError) return error.message;
    throw error;
  }
}

/** All names of this program, by kind. */
export interface OwnNames {
  readonly flags: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
  readonly profileKeys: ReadonlySet<string>;
  readonly codes: ReadonlySet<string>;
  readonly commands: ReadonlySet<string>;
}

export async function readOwnNames(): Promise<OwnNames> {
  const commands = await Promise.all(Object.values(registry).map(({ load }) => load()));
  const names = commands.flatMap(({ options }) => Object.keys(options as Record<string, unknown>));
  return {
    flags: new Set([...names.map((name) => `--${name}`), "--help", "--version"]),
    variables: new Set(names.map(environmentName)),
    profileKeys: new Set(names.map(profileKey)),
    codes: new Set(Object.keys(errorCodes)),
    commands: new Set(Object.keys(registry)),
  };
}
