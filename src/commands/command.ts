import type { Arguments, OptionTable } from "./line/arguments.js";
import type { RolesAnywhereError } from "../errors.js";
import type { Invocation } from "./invocation.js";

/** What a command returns. Streaming commands write to the invocation's streams and return only a status. */
export interface CommandOutput {
  /** Written to stdout in one write, last. */
  readonly stdout?: string | Uint8Array;
  /** Whether the text has colours, so that it is written unchanged. */
  readonly painted?: boolean;
  readonly exitStatus: number;
  /** Reported as an error is, with this output's own status. */
  readonly error?: RolesAnywhereError;
}

export interface Positionals {
  /** As help shows them, such as `<role-arn>` or `[METHOD] URL`. */
  readonly usage: string;
  readonly describe: string;
  readonly minimum: number;
  readonly maximum: number;
  /** The words allowed here, if they are few. */
  readonly choices?: readonly string[];
}

/** A command line and its purpose. Help shows it on one line, which is pasted unchanged; tests run it. */
export interface Example {
  /** For a POSIX shell, and for the others unless they have their own form. */
  readonly command: string;
  readonly powershell?: string;
  readonly cmd?: string;
  readonly describe: string;
}

/**
 * One subcommand as a value. `options` is data, `read` gathers files and the clock, `toInput` is pure, `run` calls the
 * domain and never ends the process.
 */
export interface Command<Options extends OptionTable, Input, Sources = undefined> {
  readonly name: string;
  /** Longer help text below the summary. */
  readonly description: string;
  readonly positionals?: Positionals;
  /** Whether words after `--` (or after the positionals) belong to another program. */
  readonly passThrough?: boolean;
  /** Whether it may run longer than the time limit, which then applies to each session that it requests. */
  readonly lasting?: boolean;
  readonly options: Options;
  /** Pairs of flags of which at most one may be given explicitly. */
  readonly conflicts?: readonly (readonly [keyof Options & string, keyof Options & string])[];
  readonly examples: readonly Example[];
  /** Reads what `toInput` needs besides the command line: the files that settings name, the clock. */
  read?(args: Arguments<Options>, invocation: Invocation): Sources;
  toInput(args: Arguments<Options>, invocation: Invocation, sources: Sources): Input;
  run(input: Input, invocation: Invocation): Promise<CommandOutput>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- the registry holds commands of every shape
export type AnyCommand = Command<any, any, any>;

/** A command in the list of all commands. */
export interface RegisteredCommand {
  readonly load: () => Promise<AnyCommand>;
}

export type Registry = Readonly<Record<string, RegisteredCommand>>;
