import { spawn } from "node:child_process";
import { systemCode, UsageError } from "../errors.js";

/** Enough to reload a service, and shorter than the time to the next refresh. */
const maxMs = 5 * 60_000;

/**
 * Runs the user's command line in the system shell and waits until it ends.
 *
 * @throws UsageError `ERR_COMMAND` if it fails or takes more than five minutes.
 */
export function runHook(commandLine: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(commandLine, { env, shell: true, stdio: ["ignore", "inherit", "inherit"], timeout: maxMs });
    child.once("error", (error) => reject(failed(commandLine, systemCode(error))));
    child.once("close", (status, signal) => {
      if (status === 0) resolve();
      else reject(failed(commandLine, signal === null ? `exit status ${status}` : `ended by ${signal}`));
    });
  });
}

function failed(commandLine: string, reason: string): UsageError {
  return new UsageError("ERR_COMMAND", `the command "${commandLine}" failed: ${reason}`, {
    hints: ["run it yourself to see why"],
  });
}
