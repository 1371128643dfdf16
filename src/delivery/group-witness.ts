import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

/** Distinguishes terminal signals, which reach the whole process group, from signals sent only to this process. */
export interface GroupWitness {
  /** Resolves to whether the whole group has just received the signal. */
  readonly sawSignal: (signal: NodeJS.Signals) => Promise<boolean>;
  readonly stop: () => void;
}

/** Both processes get the signal at once; this allows for a machine under load. */
const reportMs = 250;

/**
 * Starts a process in the same group that does nothing and ends on any signal from the terminal.
 *
 * @param program Reads standard input to its end.
 */
export function startGroupWitness(program = "cat"): GroupWitness {
  let witness = start(program);
  return {
    async sawSignal(signal) {
      const { process: asked, ended } = witness;
      const by = await Promise.race([ended, later(reportMs)]);
      if (asked === witness.process && by !== undefined) witness = start(program);
      // Without a witness, the terminal is the more likely sender.
      return by === signal || by === "absent";
    },
    stop: () => witness.process.kill("SIGKILL"),
  };
}

interface Witness {
  readonly process: ChildProcess;
  readonly ended: Promise<NodeJS.Signals | "absent" | undefined>;
}

function start(program: string): Witness {
  const child = spawn(program, [], { stdio: ["pipe", "ignore", "ignore"], cwd: "/", env: {} });
  child.unref();
  const ended = new Promise<NodeJS.Signals | "absent" | undefined>((resolve) => {
    child.once("error", () => resolve("absent"));
    child.once("exit", (_status, signal) => resolve(signal ?? "absent"));
  });
  return { process: child, ended };
}

function later(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms);
  });
}
