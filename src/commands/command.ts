import type { Arguments, OptionTable } from "./line/arguments.js";
import type { Invocation } from "./invocation.js";

/** What a command gives back; streaming commands write to the invocation's streams and return only a status. */
export interface CommandOutput {
  /** Written to stdout in one write, last. */
  readonly stdout?: string | Uint8Array;
  /** Whether the text has colours of its own, so that it is shown as it stands. */
  readonly painted?: boolean;
  readonly exitStatus: number;
}

export interface Positionals {
  /** As help shows them, such as `<role-arn>` or `[METHOD] URL`. */
  readonly usage: string;
  readonly describe: string;
  readonly minimum: number;
  readonly maximum: number;
  /** Words that may stand here, where there are few. */
  readonly choices?: readonly string[];
}

/** A command line that runs, with what it is for; help shows it, and a test runs it as it stands. */
export interface Example {
  readonly command: string;
  readonly describe: string;
}

/**
 * One subcommand as a value. `options` is data, `toInput` is pure, `run` calls the domain and never ends the process.
 */
export interface Command<Options extends OptionTable, Input> {
  readonly name: string;
  /** Longer help text below the summary. */
  readonly description: string;
  readonly positionals?: Positionals;
  /** Whether words after `--` (or after the positionals) belong to another program. */
  readonly passThrough?: boolean;
  /**
   * Whether it may run for as long as its work takes; such a command holds the time limit over each session that it asks
   * for. Every other one is done within the limit, whatever happens.
   */
  readonly lasting?: boolean;
  readonly options: Options;
  /** Pairs of flags of which at most one may be given explicitly. */
  readonly conflicts?: readonly (readonly [keyof Options & string, keyof Options & string])[];
  readonly examples: readonly Example[];
  toInput(args: Arguments<Options>, invocation: Invocation): Input;
  run(input: Input, invocation: Invocation): Promise<CommandOutput>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- the registry holds commands of every shape
export type AnyCommand = Command<any, any>;
