import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream, ftruncateSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanEnvironment, executable } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";
import { exampleCredentials, startVerifyingServer } from "../support/verifying-server.js";
import type { VerifyingServer } from "../support/verifying-server.js";

const mebibyte = 1024 * 1024;
const limitMiB = 120;
const linux = requireCondition("the memory of large uploads", process.platform === "linux", "Linux's /proc");

let server: VerifyingServer;
beforeAll(async () => {
  server = await startVerifyingServer();
});
afterAll(() => server.close());

function sparseFile(sizeMiB: number): string {
  const path = join(createScratch("memory"), "body");
  const handle = openSync(path, "w");
  ftruncateSync(handle, sizeMiB * mebibyte);
  closeSync(handle);
  return path;
}

/** Uploads and gives back the kernel's own figure of the most memory that was resident, in MiB. */
async function peakOf(words: readonly string[], input?: string): Promise<number> {
  const { accessKeyId, secretAccessKey } = exampleCredentials;
  const child = spawn(process.execPath, [executable, "request", "PUT", `${server.origin}/key`, "-s", ...words], {
    env: cleanEnvironment({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }),
    stdio: ["pipe", "ignore", "inherit"],
  });
  let peakMiB = 0;
  const timer = setInterval(() => {
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    peakMiB = Math.max(peakMiB, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1024);
  }, 10);
  child.once("exit", () => clearInterval(timer));
  const exited = once(child, "exit");
  if (input === undefined) child.stdin.end();
  else await pipeline(createReadStream(input), child.stdin);
  expect(await exited).toEqual([0, null]);
  return peakMiB;
}

describe.skipIf(!linux)("a body of any size passes through memory that does not grow", () => {
  const store = ["--service", "s3", "--region", "us-east-1", "--data-binary"];
  const large = 400;

  it.each<[string, (file: string) => readonly [words: readonly string[], input?: string]]>([
    ["a file", (file) => [[...store, `@${file}`]]],
    ["standard input, unsigned", (file) => [[...store, "@-"], file]],
    ["standard input, signed chunks", (file) => [[...store, "@-", "-H", `Content-Length: ${large * mebibyte}`], file]],
  ])("%s", async (_, upload) => {
    const peakMiB = await peakOf(...upload(sparseFile(large)));
    expect(server.requests.at(-1)).toMatchObject({ bodyLength: large * mebibyte, verdict: { valid: true } });
    expect(peakMiB).toBeGreaterThan(20);
    expect(peakMiB).toBeLessThan(limitMiB);
  });
});
