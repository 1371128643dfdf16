import { constants } from "node:os";
import type { Invocation } from "./commands/invocation.js";

/** The process as a value; nothing else in this program reads `process` for its inputs. */
function captureInvocation(): Invocation {
  const variables = { ...process.env };
  return {
    argv: process.argv.slice(2),
    variables,
    homeDirectory: homeDirectory(variables),
    workingDirectory: process.cwd(),
    platform: process.platform,
    executablePath: process.argv[1] ?? process.execPath,
    processId: process.pid,
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    onSignal(listener, signals) {
      const names = signals ?? (["SIGINT", "SIGTERM"] as const);
      for (const name of names) process.on(name, listener as NodeJS.SignalsListener);
      return () => {
        for (const name of names) process.off(name, listener as NodeJS.SignalsListener);
      };
    },
    raise(signal) {
      // Those that dump core would leave the core of this program, with its secrets in it.
      if (["SIGHUP", "SIGINT", "SIGKILL", "SIGTERM"].includes(signal)) {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      }
      return 128 + constants.signals[signal];
    },
  };
}

function homeDirectory(variables: NodeJS.ProcessEnv): string | undefined {
  const { HOME, USERPROFILE, HOMEDRIVE, HOMEPATH } = variables;
  if (HOME !== undefined && HOME !== "") return HOME;
  if (process.platform !== "win32") return undefined;
  return USERPROFILE ?? (HOMEDRIVE !== undefined && HOMEPATH !== undefined ? HOMEDRIVE + HOMEPATH : undefined);
}

async function start(): Promise<void> {
  const invocation = captureInvocation();
  // The AWS SDK writes its own Node.js version warning to stderr, which one credential_process reader parses.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const { main } = await import("./main.js");
  process.exitCode = await main(invocation);
}

void start();
