import { childEnvironment } from "../../delivery/child-environment.js";
import { runChild } from "../../delivery/child-process.js";
import type { ChildEnd } from "../../delivery/child-process.js";
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
import { readSources } from "../sources/resolve-settings.js";

const options = {
  server: {
    kind: "boolean",
    group: "Output",
    describe: "give the child a container-credentials endpoint that renews for as long as the child lives",
  },
  ...credentialSourceOptions,
} as const;

interface Input {
  readonly server: boolean;
  readonly source: OptionValues<typeof credentialSourceOptions>;
  readonly command: string;
  readonly args: readonly string[];
}

export const execCommand: Command<typeof options, Input> = {
  name: "exec",
  description: [
    "Runs a command with credentials in its environment: keys, token, expiry and region, and no variable that competes",
    "with them. With --server the command gets the address of an endpoint instead, which only it can use and which",
    "renews the session. Signals, stdin, the terminal and the exit status belong to the command.",
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
  toInput({ options: { server = false, ...source }, rest: [command, ...args] }: Arguments<typeof options>) {
    if (command === undefined) {
      throw new UsageError("ERR_ARGUMENT", "no command to run is given", {
        hints: ["write it after the flags: rolesanywhere-ts exec --settings-profile app -- aws s3 ls"],
      });
    }
    return { server, source, command, args };
  },
  run,
};

async function run(input: Input, invocation: Invocation): Promise<CommandOutput> {
  return input.server ? runWithServer(input, invocation) : runWithVariables(input, invocation);
}

async function runWithVariables({ source: given, command, args }: Input, invocation: Invocation) {
  const source = await createCredentialSource({ options: given }, invocation);
  const credentials = { ...(await source.provider()), region: source.region };
  const files = hideDefaultCredentials(invocation);
  const env = { ...childEnvironment(invocation.variables, credentials), ...files.variables };
  let end: ChildEnd;
  try {
    end = await runChild({ command, args, env, ...streamsOf(invocation) });
  } finally {
    files.remove();
  }
  return endAs(end, invocation);
}

async function runWithServer({ source, command, args }: Input, invocation: Invocation) {
  const { profile, ...flags } = source;
  if (profile !== undefined) {
    throw new UsageError("ERR_CONFLICT", "--server and --profile exclude each other, and both were given", {
      hints: ["give the certificate flags or --settings-profile: only a certificate session can be renewed here"],
    });
  }
  const { startChildServer } = await import("./server.js");
  const sources = readSources(flags, invocation);
  const cache = { ...resolveCacheUse(sources.lookup, invocation), run: undefined };
  const server = await startChildServer(resolveVendSettings(sources), cache, invocation);
  let end: ChildEnd;
  try {
    end = await runChild({ command, args, env: server.env, ...streamsOf(invocation) });
  } finally {
    await server.stop();
  }
  return endAs(end, invocation);
}

function streamsOf({ stdin, stdout, stderr, onSignal }: Invocation) {
  return { hasTerminal: [stdin, stdout, stderr].some(({ isTTY }) => isTTY === true), onSignal };
}

/** A caller that waits for this process learns of the child's signal as if it were its own. */
function endAs(end: ChildEnd, { raise }: Invocation): CommandOutput {
  return { exitStatus: "status" in end ? end.status : raise(end.signal) };
}
