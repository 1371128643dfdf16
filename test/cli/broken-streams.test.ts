import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registry } from "../../src/commands/registry.js";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { cleanEnvironment, programWords, runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";

type Broken = "closed" | "full";

let identity: EmulatedIdentity;
let s3: S3Server;
let dynamo: DynamoDbServer;
beforeAll(async () => {
  dynamo = await startDynalite();
  await createTable(dynamo, "orders");
  await putItems(dynamo, "orders", [{ pk: { S: "1" } }]);
  identity = await createEmulatedIdentity();
  s3 = await startS3Server();
  s3.put("acme", "a.csv", `a,b\n${"1,2\n".repeat(100_000)}`);
});
afterAll(async () => {
  await identity.emulator.stop();
  await s3[Symbol.asyncDispose]();
  await dynamo.close();
});

const withRole = () => [...identity.flags, "--role-arn", identity.roleArn("Demo")];

/** Command lines that write to standard output, by the command's name. */
const writers: Readonly<Record<string, () => readonly (readonly string[])[]>> = {
  "credential-process": () => [[...withRole(), "--no-cache"], withRole(), withRole()],
  credentials: () => [withRole(), [...withRole(), "--format", "json"]],
  check: () => [withRole(), [...withRole(), "--json"]],
  "trust-policy": () => [withRole()],
  "assume-role": () => [[identity.roleArn("Target"), ...withRole()]],
  scan: () => [["orders", "--format", "csv"]],
  cache: () => [["path"]],
  request: () => [[`${s3.url}/acme/a.csv`, "--service", "s3"]],
  "read-s3": () => [["s3://acme/a.csv"], ["s3://acme/a.csv", "--raw"], ["s3://acme/a.csv", "--format", "json"]],
  "read-certificate-data": () => [["--certificate", identity.certificatePath]],
  "sign-string": () => [["--private-key", identity.certificatePath]],
  emulator: () => [["--dir", createScratch("emulator")]],
  completion: () => [["bash"], ["zsh"]],
  version: () => [[]],
};

const home = createScratch("home");

/** Runs with one of its two streams broken from the first byte on, and gives what the other one brings. */
async function run(argv: readonly string[], stream: "stdout" | "stderr", how: Broken) {
  const [program, ...words] = programWords();
  const full = how === "full" ? openSync("/dev/full", "w") : "pipe";
  const child = spawn(program, [...words, ...argv], {
    cwd: createScratch("cwd"),
    env: cleanEnvironment({
      ...s3.env,
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${dynamo.port}`,
      HOME: home,
      AWS_ENDPOINT_URL_STS: identity.emulator.url,
    }),
    stdio: ["ignore", stream === "stdout" ? full : "pipe", stream === "stderr" ? full : "pipe"],
  });
  if (typeof full === "number") closeSync(full);
  else child[stream]?.destroy();
  let text = "";
  const other = stream === "stdout" ? child.stderr : child.stdout;
  other?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const [status, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  return { status: status ?? signal, text };
}

const hasFullDevice = requireCondition("a full disk", existsSync("/dev/full"), "a system with /dev/full");
const stackTrace = /^\s+at |node:events|Unhandled/m;

describe.each(Object.keys(writers))("%s", (name) => {
  const lines = () => (writers[name]?.() ?? []).map((words) => [name, ...words]);

  it("ends without a word and with status 141 when nobody reads its output", async () => {
    for (const argv of lines()) {
      const { status, text } = await run(argv, "stdout", "closed");
      expect({ argv, status, text }).toEqual({ argv, status: 141, text: expect.not.stringMatching(/error|trace/i) });
      expect(text).not.toMatch(stackTrace);
    }
  });

  it.skipIf(!hasFullDevice)("says that the disk is full", async () => {
    for (const argv of lines()) {
      const { status, text } = await run(argv, "stdout", "full");
      expect({ argv, status, text }).toEqual({
        argv,
        status: 2,
        text: expect.stringContaining("error[ERR_OUTPUT]: cannot write to standard output: no space left on device"),
      });
      expect(text).not.toMatch(stackTrace);
    }
  });
});

describe.each(["", ...Object.keys(registry)])("the help of %j", (name) => {
  const argv = name === "" ? ["--help"] : [name, "--help"];

  it("is cut off quietly, and tells of a full disk", async () => {
    expect(await run(argv, "stdout", "closed")).toEqual({ status: 141, text: "" });
    if (!hasFullDevice) return;
    const { status, text } = await run(argv, "stdout", "full");
    expect(status).toBe(2);
    expect(text).not.toMatch(stackTrace);
  });

  it("is not needed for an error's status when messages cannot be shown", async () => {
    const wrong = name === "" ? ["nosuch"] : [name, "--nosuch"];
    for (const how of hasFullDevice ? (["closed", "full"] as const) : (["closed"] as const)) {
      expect(await run(wrong, "stderr", how)).toEqual({ status: 2, text: "" });
    }
  });
});

it("gives its answer though nobody can be shown a message", async () => {
  const argv = ["credential-process", ...withRole(), "--no-cache", "--debug"];
  for (const how of hasFullDevice ? (["closed", "full"] as const) : (["closed"] as const)) {
    const { status, text } = await run(argv, "stderr", how);
    expect(status).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ Version: 1 });
  }
});

it.each<[string, () => readonly string[]]>([
  ["exec", () => ["exec", ...withRole(), "--", process.execPath, "-e", "process.exitCode = 7"]],
  ["exec --server", () => ["exec", "--server", ...withRole(), "--", process.execPath, "-e", "process.exitCode = 7"]],
  ["update --once", () => ["update", "--once", ...withRole()]],
  ["configure", () => ["configure", "--profile", "p", ...withRole()]],
])("%s does its work though nobody can be shown a message", async (name, argv) => {
  for (const stream of ["stdout", "stderr"] as const) {
    for (const how of hasFullDevice ? (["closed", "full"] as const) : (["closed"] as const)) {
      const { status, text } = await run(argv(), stream, how);
      expect({ stream, how, status }).toEqual({ stream, how, status: name.startsWith("exec") ? 7 : 0 });
      expect(text).not.toMatch(stackTrace);
    }
  }
});

it("fails and says so when its event loop runs dry with the work unfinished", async () => {
  const preload = join(createScratch("preload"), "never.cjs");
  // A write that is never called back, as zlib has them after an error.
  writeFileSync(preload, "process.stdout.write = () => true;\n");
  const result = await runCli(["version"], { runtime: [process.execPath, "--require", preload] });
  expect(result).toMatchObject({ stdout: "", status: 70 });
  expect(result.stderr).toContain("error[ERR_INTERNAL]: the run ended before it was finished");
});
