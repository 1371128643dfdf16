declare module "cross-spawn" {
  import type { ChildProcess, SpawnOptions } from "node:child_process";

  interface Parsed {
    readonly command: string;
    readonly args: readonly string[];
    /** The program that was found. */
    readonly file?: string | null;
    /** Set if cmd.exe runs the command. */
    readonly options: SpawnOptions;
  }

  export function spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess;
  export function _parse(command: string, args: readonly string[], options: SpawnOptions): Parsed;
}
