import { resolve } from "node:path";
import type { EmulatorOptions } from "../emulator/start-emulator.js";
import { UsageError } from "../errors.js";
import { formatAssignments, readerShellOf } from "../aws/reader-shell.js";
import { oneLine } from "../printable.js";
import type { Command } from "./command.js";
import type { Invocation } from "./invocation.js";
import { valueOf } from "./line/defaults.js";
import { firstSignal } from "./line/interruption.js";
import { writeOutput } from "./line/output.js";
import { plainProgram } from "./line/plain-program.js";

const options = {
  listen: {
    kind: "string",
    group: "Emulator",
    describe: "address to listen on; port 0 takes any free port",
    placeholder: "HOST:PORT",
    default: "127.0.0.1:0",
  },
  "allow-remote": {
    kind: "boolean",
    group: "Emulator",
    describe: "allow --listen on an address that other machines reach",
  },
  dir: {
    kind: "string",
    group: "Emulator",
    describe: "folder for certificates, account and config; default: a temporary folder, deleted at the end",
    placeholder: "DIR",
  },
  tls: {
    kind: "boolean",
    group: "Emulator",
    describe: "serve HTTPS with a certificate from the emulator's own authority",
  },
  fault: {
    kind: "list",
    group: "Emulator",
    describe:
      "inject a fault, as [OPERATION:]KIND[=VALUE][*TIMES]: latency, throttling, error, drop, truncate, slow-body, clock, omit, status or body; repeatable",
    placeholder: "FAULT",
  },
  log: {
    kind: "string",
    group: "Emulator",
    describe: "how to log each request on stderr, with verdict and reason",
    choices: ["text", "json", "none"],
    default: "text",
  },
} as const;

interface Input extends Pick<EmulatorOptions, "allowRemote" | "folder" | "host" | "port" | "tls"> {
  readonly faults: readonly string[];
  readonly log: "text" | "json" | "none";
}

export const emulator: Command<typeof options, Input> = {
  name: "emulator",
  description: [
    "Runs a local IAM Roles Anywhere and STS that verify requests as AWS does, to try things without an AWS account. On",
    "first start, creates a certificate authority, client certificates, a trust anchor, profiles and roles. Writes an AWS",
    "config file with profiles that use them, and prints the variables to export. Runs until it is stopped.",
  ].join("\n"),
  lasting: true,
  options,
  examples: [
    { command: "rolesanywhere-ts emulator --dir ./emulator", describe: "Keep all files in a folder" },
    {
      command: 'rolesanywhere-ts emulator --log json --fault "CreateSession:throttling*2"',
      describe: "Throttle the first two calls of CreateSession, and log each request as JSON",
    },
  ],
  toInput({ options: values }, { workingDirectory }) {
    const { dir, tls = false, fault = [] } = values;
    const allowRemote = values["allow-remote"] ?? false;
    const folder = dir === undefined ? {} : { folder: resolve(workingDirectory, dir) };
    return {
      ...parseListen(valueOf(values, options, "listen")),
      ...folder,
      allowRemote,
      tls,
      faults: fault,
      log: valueOf(values, options, "log"),
    };
  },
  run,
};

/** @throws UsageError `ERR_ARGUMENT` */
function parseListen(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new UsageError("ERR_ARGUMENT", `invalid argument "${text}" for --listen: expected HOST:PORT`, {
      hints: ["write --listen 127.0.0.1:8080, or port 0 for a free one"],
    });
  }
  return { host: match[1] ?? (match[2] === "" ? "127.0.0.1" : (match[2] ?? "127.0.0.1")), port };
}

async function run({ faults, log, ...input }: Input, invocation: Invocation) {
  const { startEmulator } = await import("../emulator/start-emulator.js");
  const { explainStartFailure } = await import("../emulator/start-failure.js");
  const { parseFaultArgument } = await import("../emulator/faults/argument.js");
  const { formatRecord } = await import("../emulator/request-record.js");
  const running = await startEmulator({
    ...input,
    faults: faults.map(parseFaultArgument),
    program: plainProgram(invocation),
    onRequest: (record) => {
      if (log === "json") invocation.stderr.write(`${JSON.stringify(record)}\n`);
      if (log === "text") invocation.stderr.write(`${oneLine(formatRecord(record))}\n`);
    },
  }).catch((error: unknown) => {
    throw explainStartFailure(error, input);
  });
  const stopped = firstSignal(invocation);
  try {
    await writeOutput(
      invocation.stdout,
      `${formatAssignments(running.variables, readerShellOf(invocation))}# emulator ready at ${running.url}\n`,
    );
    await stopped;
  } finally {
    await running.stop();
  }
  return { exitStatus: 0 };
}
