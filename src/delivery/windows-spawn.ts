import type { ChildProcess, SpawnOptions } from "node:child_process";
import { _parse as parse, spawn } from "cross-spawn";
import { UsageError } from "../errors.js";

/** The maximum length of a command line in cmd.exe. */
const maxLine = 8_191;

/**
 * Starts a program on Windows. Node.js cannot start batch files, as which npm installs most commands, and does not find
 * them without their extension.
 *
 * @throws UsageError `ERR_COMMAND` for arguments that cmd.exe cannot pass on; Error `ENOENT` for an unknown program.
 */
export function spawnOnWindows(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const parsed = parse(command, args, options);
  const { file } = parsed;
  if (file === undefined || file === null) throw Object.assign(new Error("no such program"), { code: "ENOENT" });
  if (parsed.options.windowsVerbatimArguments === true) {
    const unfit = findUnfit(args, isOfPackage(file)) ?? tooLong(parsed.args);
    if (unfit !== undefined) throw refuse(command, unfit);
  }
  return spawn(command, args, options);
}

/** npm's batch files in this folder pass on every character, because cross-spawn escapes arguments twice for them. */
function isOfPackage(file: string): boolean {
  return /node_modules[\\/]\.bin[\\/][^\\/]+\.cmd$/i.test(file);
}

function findUnfit(args: readonly string[], takesAll: boolean): string | undefined {
  if (args.some((argument) => /[\r\n\0]/.test(argument))) return "an argument with a line break";
  if (!takesAll && args.some(leavesQuotes))
    return 'an argument with " and one of & | < > ^, which would run as a command';
  return undefined;
}

/** A batch file parses its arguments again. There, each quotation mark, escaped or not, begins or ends quoted text. */
function leavesQuotes(argument: string): boolean {
  return argument.split('"').some((part, index) => index % 2 === 1 && /[&|<>^]/.test(part));
}

function tooLong(args: readonly string[]): string | undefined {
  return args.join(" ").length > maxLine ? `more than ${maxLine} characters of arguments` : undefined;
}

function refuse(command: string, unfit: string): UsageError {
  return new UsageError("ERR_COMMAND", `cannot run "${command}": a batch file cannot take ${unfit}`, {
    hints: ["pass the text in a file or a variable, or name the program that the batch file starts"],
  });
}
