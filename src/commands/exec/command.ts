import { findVariable } from "../../aws/environment.js";
import type { AwsCredentials } from "../../aws/credentials.js";
import { formatRange, renewalWindowSeconds } from "../../aws/duration-limits.js";
import { childEnvironment } from "../../delivery/child-environment.js";
import { runChild, unstartedStatus } from "../../delivery/child-process.js";
import type { ChildCommand, ChildEnd } from "../../delivery/child-process.js";
import { isUnderNohup } from "../../delivery/ignored-hangup.js";
import { inheritedDescriptors } from "../../delivery/inherited-descriptors.js";
import { UsageError } from "../../errors.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import type { Command, CommandOutput } from "../command.js";
import {
  createCredentialSource,
  credentialSourceConflicts,
  credentialSourceOptions,
} from "../sources/credential-source.js";
import { hideDefaultCredentials } from "./hidden-default-profile.js";
import type { Invocation } from "../invocation.js";
import { resolveVendSettings } from "../../settings/vend-settings.js";
import { resolveCacheUse } from "../sources/cache-use.js";
import { refuseBriefScope } from "../sources/lasting-scope.js";
import { readSources } from "../sources/resolve-settings.js";

const options = {
  server: {
    kind: "boolean",
    group: "Output",
    describe: "give the child a container-credentials endpoint that renews for as long as the child lives",
  },
  "min-remaining": {
    kind: "integer",
    placeholder: "SECONDS",
    group: "Output",
    describe: "seconds that the session lasts at least; a cached session with less is renewed",
  },
  ...credentialSourceOptions,
} as const;

interface Input {
  readonly server: boolean;
  readonly source: OptionValues<typeof credentialSourceOptions>;
  readonly minRemainingSeconds: number;
  /** Undefined for the user's shell. */
  readonly command: string | undefined;
  readonly args: readonly string[];
}

export const execCommand: Command<typeof options, Input> = {
  name: "exec",
  description: [
    "Runs a command with credentials in its environment: keys, token, expiry and region, without any variable that",
    "competes with them. Without a command it starts your shell. With --server the command gets the address of an",
    "endpoint instead, which only it can use and which renews the session. Signals, stdin, the terminal and the exit",
    "status belong to the command.",
  ].join("\n"),
  passThrough: true,
  lasting: true,
  options,
  conflicts: credentialSourceConflicts,
  examples: [
    { command: "rolesanywhere-ts exec --settings-profile app -- terraform apply", describe: "Run one command" },
    {
      command: "rolesanywhere-ts exec --settings-profile app --server -- ./worker",
      describe: "Run a service that outlives a session",
    },
  ],
  toInput({ options: given, rest: [command, ...args] }: Arguments<typeof options>) {
    const { server = false, "min-remaining": minRemaining = 0, ...source } = given;
    // It is used as the cache window, so the same limits apply.
    const { minimum, maximum } = renewalWindowSeconds;
    if (minRemaining < minimum || minRemaining > maximum) {
      const expected = `expected ${formatRange(renewalWindowSeconds)} seconds`;
      throw new UsageError("ERR_ARGUMENT", `--min-remaining is ${minRemaining}, ${expected}`, {
        hints: ["a session lasts as long as --session-duration says"],
      });
    }
    return { server, source: withWindow(source, minRemaining), minRemainingSeconds: minRemaining, command, args };
  },
  run,
};

/** Widens the cache window, so that a cached session with too little time left is refreshed. */
function withWindow(source: Input["source"], minRemaining: number): Input["source"] {
  if (minRemaining === 0) return source;
  return { ...source, "cache-window": Math.max(minRemaining, source["cache-window"] ?? 0) };
}

async function run(input: Input, invocation: Invocation): Promise<CommandOutput> {
  // Read this before any file is opened.
  const descriptors = inheritedDescriptors(invocation.variables);
  const child = { ...programOf(input, invocation), descriptors, ...processOf(invocation) };
  return input.server ? runWithServer(input, child, invocation) : runWithVariables(input, child, invocation);
}

type ChildProgram = Omit<ChildCommand, "env">;

async function runWithVariables(
  { source: given, minRemainingSeconds }: Input,
  child: ChildProgram,
  invocation: Invocation,
) {
  const { source, credentials: current } = await obtain(given, minRemainingSeconds, invocation);
  const credentials = { ...current, region: source.region };
  const files = hideDefaultCredentials(invocation);
  const env = { ...childEnvironment(invocation.variables, credentials, source.name), ...files.variables };
  let end: Outcome;
  try {
    end = await runOrExplain({ ...child, env });
  } finally {
    files.remove();
  }
  return endAs(end, invocation);
}

/** Gets a session that is long enough. Bypasses the cache if needed: its window is at most two thirds of a session. */
async function obtain(given: Input["source"], minSeconds: number, invocation: Invocation) {
  const source = await createCredentialSource({ options: given }, invocation);
  const credentials = await source.provider();
  if (secondsLeft(credentials) >= minSeconds) return { source, credentials };
  const anew =
    source.kind === "certificate"
      ? await createCredentialSource({ options: { ...given, "no-cache": true } }, invocation)
      : source;
  const renewed = await anew.provider();
  // A new session is a few seconds old when it arrives.
  const left = secondsLeft(renewed);
  if (left + 60 >= minSeconds) return { source: anew, credentials: renewed };
  throw new UsageError("ERR_SETTING", `the session ends in ${left} s, and --min-remaining asks for ${minSeconds} s`, {
    hints: ["ask for a longer session with --session-duration or --scope-duration, or sign in again"],
  });
}

function secondsLeft({ expiration }: AwsCredentials): number {
  return expiration === undefined ? Infinity : Math.floor((expiration.getTime() - Date.now()) / 1000);
}

async function runWithServer({ source }: Input, child: ChildProgram, invocation: Invocation) {
  const { profile, ...flags } = source;
  if (profile !== undefined) {
    throw new UsageError("ERR_CONFLICT", "--server and --profile exclude each other, and both were given", {
      hints: ["give the certificate flags or --settings-profile: only a certificate session can be renewed here"],
    });
  }
  const { startChildServer } = await import("./server.js");
  const sources = readSources(flags, invocation);
  const cache = { ...resolveCacheUse(sources.lookup, invocation), run: undefined };
  const server = await startChildServer(refuseBriefScope(resolveVendSettings(sources)), cache, invocation);
  let end: Outcome;
  try {
    end = await runOrExplain({ ...child, env: server.env });
  } finally {
    await server.stop();
  }
  return endAs(end, invocation);
}

/** The given command, else the user's shell. */
function programOf({ command, args }: Input, { stdin, variables, platform }: Invocation) {
  if (command !== undefined) return { command, args };
  if (stdin.isTTY !== true) {
    throw new UsageError("ERR_ARGUMENT", "no command to run is given, and there is no terminal for a shell", {
      hints: ["write it after the flags: rolesanywhere-ts exec --settings-profile app -- aws s3 ls"],
    });
  }
  const shell = findVariable(variables, platform === "win32" ? "ComSpec" : "SHELL", platform);
  return { command: shell || (platform === "win32" ? "cmd.exe" : "/bin/sh"), args: [] };
}

function processOf({ stdin, stdout, stderr, onSignal, variables, platform }: Invocation) {
  return {
    platform,
    hasTerminal: [stdin, stdout, stderr].some(({ isTTY }) => isTTY === true),
    ignoresHangup: isUnderNohup(variables),
    onSignal,
  };
}

type Outcome = ChildEnd | { readonly unstarted: UsageError };

async function runOrExplain(child: ChildCommand): Promise<Outcome> {
  try {
    return await runChild(child);
  } catch (error) {
    if (error instanceof UsageError && error.code === "ERR_COMMAND") return { unstarted: error };
    throw error;
  }
}

/** Ends this process by the child's signal, so that the caller sees the signal too. */
function endAs(end: Outcome, { raise }: Invocation): CommandOutput {
  if ("unstarted" in end) return { exitStatus: unstartedStatus(end.unstarted), error: end.unstarted };
  return { exitStatus: "status" in end ? end.status : raise(end.signal) };
}
