import { ownWords, parseArguments, refuseConflicts, refusePositionals } from "./commands/line/arguments.js";
import type { Arguments } from "./commands/line/arguments.js";
import type { AnyCommand, CommandOutput } from "./commands/command.js";
import type { Invocation, ProcessState } from "./commands/invocation.js";
import { OutputClosedError, readerGoneStatus, writeMessage, writeOutput } from "./commands/line/output.js";
import { refuseKeysInVariables } from "./commands/line/plain-variables.js";
import { registry } from "./commands/registry.js";
import { TimeLimit } from "./commands/line/time-limit.js";
export { createTextOutput } from "./commands/line/text-output.js";
import { exitStatusOf, InternalError, RolesAnywhereError } from "./errors.js";
import { oneLine, printable } from "./printable.js";

/**
 * Runs one command line and reports its outcome.
 *
 * @returns The exit status.
 */
export async function main(state: ProcessState): Promise<number> {
  // Streams are opened on first use, so they are not copied.
  const timeLimit = new TimeLimit(state.timeLimitMs);
  const invocation = Object.create(state, { timeLimit: { value: timeLimit } }) as Invocation;
  try {
    const output = await dispatch(invocation);
    const stdout = forStdout(output, invocation);
    if (stdout !== undefined && stdout.length > 0) await writeOutput(invocation.stdout, stdout);
    if (output.error !== undefined) await writeMessage(invocation.stderr, renderError(output.error));
    return output.exitStatus;
  } catch (error) {
    if (error instanceof OutputClosedError) return readerGoneStatus;
    const known = error instanceof RolesAnywhereError ? error : unexpected(error);
    await writeMessage(invocation.stderr, renderError(known));
    return exitStatusOf(known);
  }
}

/** Formats an error for people: one line with its code, then one line per hint. */
export function renderError(error: RolesAnywhereError): string {
  const lines = [`error[${error.code}]: ${error.message}`, ...error.hints.map((hint) => `hint: ${hint}`)];
  return lines.map((line) => `rolesanywhere-ts: ${oneLine(line)}\n`).join("");
}

/** Escapes control characters in text for a terminal. Data for programs is unchanged. */
function forStdout(
  { stdout, painted = false }: CommandOutput,
  invocation: Invocation,
): string | Uint8Array | undefined {
  if (typeof stdout !== "string" || painted || invocation.stdout.isTTY !== true) return stdout;
  return printable(stdout);
}

/** The name under which Docker runs this program. */
const dockerCredential = /[\\/]docker-credential-rolesanywhere-ts(?:\.\w+)?$/;

async function dispatch(invocation: Invocation): Promise<CommandOutput> {
  if (dockerCredential.test(invocation.executablePath)) {
    const { runDockerCredential } = await import("./commands/token/docker.js");
    const state = await withLineReader(invocation, {});
    return invocation.timeLimit.within(runDockerCredential(state));
  }
  const [first, ...words] = invocation.argv;
  if (first === undefined || isHelpFlag(first)) return help(invocation);
  if (first === "--version") return runCommand("version", [], invocation);
  if (first === "help") return help(invocation, words[0]);
  if (!first.startsWith("-")) return runCommand(first, words, invocation);
  const behindFlags = await (await import("./commands/program.js")).findCommand(invocation.argv);
  return runCommand(behindFlags.name, behindFlags.words, invocation);
}

async function runCommand(name: string, words: readonly string[], invocation: Invocation): Promise<CommandOutput> {
  const command = await loadCommand(name);
  if (asksForHelp(ownWords(words), command)) return help(invocation, name);
  refuseKeysInVariables(invocation.variables);
  const args = await readLine(words, command);
  const state = await withLineReader(invocation, args.options);
  const running = command.run(command.toInput(args, state, command.read?.(args, state)), state);
  return command.lasting === true ? running : invocation.timeLimit.within(running);
}

async function readLine(words: readonly string[], command: AnyCommand): Promise<Arguments<AnyCommand["options"]>> {
  try {
    return checkLine(words, command);
  } catch (error) {
    const { mendLine } = await import("./commands/line/mend-line.js");
    return checkLine(mendLine(words, command, error), command);
  }
}

function checkLine(words: readonly string[], { options, passThrough, conflicts, positionals }: AnyCommand) {
  const args = parseArguments(words, options, passThrough === true);
  refuseConflicts(args.options, conflicts ?? []);
  refusePositionals(args.positionals, positionals);
  return args;
}

/** The settings of a profile may be in its `credential_process` line. */
async function withLineReader(invocation: Invocation, options: Readonly<Record<string, unknown>>): Promise<Invocation> {
  const { ROLESANYWHERE_TS_SETTINGS_PROFILE: named } = invocation.variables;
  if ((options["settings-profile"] ?? options["profile"] ?? named) === undefined) return invocation;
  const { createLineReader } = await import("./commands/sources/own-line.js");
  return Object.create(invocation, { followLine: { value: createLineReader(invocation) } }) as Invocation;
}

/** `-?` is the help flag of PowerShell. */
function isHelpFlag(word: string): boolean {
  return ["--help", "-h", "-?"].includes(word);
}

function asksForHelp(words: readonly string[], command: AnyCommand): boolean {
  if (words.includes("--help") || words.includes("-?")) return true;
  const takesH = Object.values(command.options).some((spec) => (spec as { short?: string }).short === "h");
  return words.includes("-h") && !takesH;
}

async function loadCommand(name: string): Promise<AnyCommand> {
  const registered = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (registered !== undefined) return registered.load();
  return (await import("./commands/program.js")).refuseUnknownCommand(name);
}

async function help(invocation: Invocation, name?: string): Promise<CommandOutput> {
  return { stdout: await (await import("./commands/program.js")).help(name, invocation), exitStatus: 0 };
}

function unexpected(error: unknown): InternalError {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new InternalError(`unexpected error: ${text.split("\n", 1)[0]}`, {
    cause: error,
    hints: ["this is a bug in rolesanywhere-ts: please report it with the command line, without secrets"],
  });
}
