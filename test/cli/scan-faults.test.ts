import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startPageServer } from "../support/page-server.js";
import type { PageServer } from "../support/page-server.js";
import { runCli, startCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { startSignedFront } from "../support/signed-front.js";
import type { FrontOptions, SignedFront } from "../support/signed-front.js";

const items = 100_000;
const secretAccessKey = "a secret";
const env = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: "us-east-1" };

let pages: PageServer;
let front: SignedFront | undefined;

beforeAll(async () => {
  pages = await startPageServer(items);
});

afterEach(async () => {
  await front?.close();
  front = undefined;
});

afterAll(() => pages.close());

/** Starts a front and gives the flags that lead to it. */
async function through(options: Partial<FrontOptions>): Promise<readonly string[]> {
  front = await startSignedFront({ upstreamPort: pages.port, keyOf: () => ({ secretAccessKey }), ...options });
  return ["scan", "pages", "--endpoint-url", front.url];
}

const run = (argv: readonly string[], options: CliOptions = {}) =>
  runCli(argv, { ...options, env: { ...env, ...options.env } });

/** The numbers in the keys of the items, in the order they came. */
function idsIn(text: string): number[] {
  return Array.from(text.matchAll(/^\{"pk":"item-(\d{10})".*\}$/gm), ([, id]) => Number(id));
}

function expectEveryItemOnce(text: string): void {
  const ids = idsIn(text).sort((a, b) => a - b);
  expect(text.split("\n")).toHaveLength(items + 1);
  expect(ids).toHaveLength(items);
  expect(ids.every((id, index) => id === index)).toBe(true);
}

/** A sequence that looks random and is the same each time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("scan through a bad network", () => {
  it("is whole after 200 connections were cut at random bytes", async () => {
    const random = sequence(7);
    let cuts = 0;
    const flags = await through({
      interfere({ operation }) {
        if (operation !== "Scan" || cuts >= 200 || random() < 0.2) return undefined;
        cuts++;
        return { cutAfterBytes: Math.floor(random() * 190_000) };
      },
    });
    const file = join(createScratch(), "items.ndjson");
    const result = await run([...flags, "--segments", "200", "--output", file]);
    expect(result.stderr).toMatch(/ 20\d retries/);
    expect(result).toMatchObject({ status: 0, stdout: "" });
    expect(cuts).toBe(200);
    expectEveryItemOnce(readFileSync(file, "utf8"));
  });

  it("finds a changed byte by the checksum and asks again", async () => {
    const random = sequence(11);
    let garbled = 0;
    const flags = await through({
      interfere: ({ operation }) => (operation === "Scan" && garbled++ < 20 ? { garbleAt: random() } : undefined),
    });
    const result = await run(flags);
    expect(result.status).toBe(0);
    expect(result.stderr).toContain("20 retries");
    expectEveryItemOnce(result.stdout);
  });

  it("asks again after a stall", async () => {
    let stalls = 0;
    const flags = await through({
      interfere: ({ operation }) =>
        operation === "Scan" && stalls++ < 2 ? { stallAfterBytes: 1000 * stalls } : undefined,
    });
    const result = await run([...flags, "--timeout", "1"]);
    expect(result.status).toBe(0);
    expect(result.stderr).toContain("2 retries");
    expectEveryItemOnce(result.stdout);
  });

  it("gives up on a server that is not there, with nothing on standard output", async () => {
    const result = await run(["scan", "pages", "--endpoint-url", "http://127.0.0.1:9"]);
    expect(result).toMatchObject({ status: 4, stdout: "" });
    expect(result.stderr).toMatch(
      /^rolesanywhere-ts: error\[ERR_CONNECTION\]: cannot reach 127\.0\.0\.1:9: connection refused\n/,
    );
  });

  it("refuses a server that answers with something else", async () => {
    const flags = await through({
      interfere: ({ operation }) => (operation === "Scan" ? { status: 200, body: "hello" } : undefined),
    });
    const result = await run(flags);
    expect(result).toMatchObject({ status: 1, stdout: "" });
    expect(result.stderr).toMatch(
      /segment \d+ of \d+, with something else than DynamoDB JSON: expected "\{" at byte 0/,
    );
  });
});

describe("scan of a busy table", () => {
  it("backs off while it is throttled and is whole in the end", async () => {
    const attempts = new Map<string, number>();
    const flags = await through({
      interfere({ operation, body }) {
        const page = JSON.stringify([body["Segment"], body["ExclusiveStartKey"]]);
        const attempt = (attempts.get(page) ?? 0) + 1;
        attempts.set(page, attempt);
        if (operation !== "Scan" || attempt > 3) return undefined;
        const name = attempt === 2 ? "ThrottlingException" : "ProvisionedThroughputExceededException";
        return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: "slow down" } };
      },
    });
    const result = await run([...flags, "--segments", "16"]);
    expect(result.status).toBe(0);
    expect(result.stderr).toMatch(/(\d+) retries.* \1 of the retries throttled/);
    expectEveryItemOnce(result.stdout);
  });

  it("is whole after a storm of 503 and 500", async () => {
    let storm = 0;
    const flags = await through({
      interfere: ({ operation }) =>
        operation === "Scan" && storm++ < 100 ? { status: storm % 2 === 0 ? 503 : 500, body: {} } : undefined,
    });
    const result = await run([...flags, "--segments", "16"]);
    expect(result.status).toBe(0);
    expectEveryItemOnce(result.stdout);
  });

  it("keeps below --max-rcu on average", async () => {
    // Every page costs 128.5 units; the first is free to go, each further one waits for what was booked.
    const flags = await through({});
    const started = performance.now();
    const result = await run([...flags, "--max-rcu", "2570", "--segments", "2"]);
    const seconds = (performance.now() - started) / 1000;
    expect(result.status).toBe(0);
    expect(seconds).toBeGreaterThan((40 * 128.5) / 2570 - 1.1);
    expectEveryItemOnce(result.stdout);
  });
});

describe("scan with credentials that end", () => {
  it("says so and leaves no output when there are no newer ones", async () => {
    let requests = 0;
    const flags = await through({
      keyOf: () => ({ secretAccessKey, ...(requests++ < 10 ? {} : { expiresAtMs: 0 }) }),
    });
    const folder = createScratch();
    const result = await run([...flags, "--output", join(folder, "items.ndjson")]);
    expect(result).toMatchObject({ status: 1, stdout: "" });
    expect(result.stderr).toMatch(/\(ExpiredTokenException\)/);
    expect(result.stderr).toMatch(/hint: the session expired/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("takes newer ones from their source and goes on", async () => {
    const home = createScratch("home");
    const script = join(home, "credentials.cjs");
    writeFileSync(
      script,
      `const fs = require("fs");
const number = Date.now() - Number(process.argv[2]);
process.stdout.write(JSON.stringify({ Version: 1, AccessKeyId: "KEY" + number, SecretAccessKey: "${secretAccessKey}",
  SessionToken: "t", Expiration: new Date(Date.now() + 60000).toISOString() }));`,
    );
    writeFileSync(
      join(home, "config"),
      `[profile renewing]\nregion = us-east-1\ncredential_process = "${process.execPath}" "${script}" ${Date.now()}\n`,
    );
    // Refused is every key that was in use when the tenth request came.
    let newest = -1;
    let bar: number | undefined;
    let requests = 0;
    const flags = await through({
      keyOf(accessKeyId) {
        const number = Number(accessKeyId.slice(3));
        newest = Math.max(newest, number);
        if (++requests === 10) bar = newest;
        const expired = bar !== undefined && number <= bar;
        return { secretAccessKey, sessionToken: "t", ...(expired ? { expiresAtMs: 0 } : {}) };
      },
    });
    const result = await runCli([...flags, "--profile", "renewing", "--segments", "2"], {
      env: { AWS_CONFIG_FILE: join(home, "config") },
    });
    expect(result.stderr).toMatch(/^scan: 100,000 items/m);
    expect(result.status).toBe(0);
    expectEveryItemOnce(result.stdout);
  });

  it("corrects a clock that is off", async () => {
    const flags = await through({ skewMs: 3_600_000 });
    const result = await run(flags);
    expect(result.stderr).toMatch(/^scan: 100,000 items/m);
    expectEveryItemOnce(result.stdout);
  });
});

describe("scan with a checkpoint", () => {
  /** Slow enough for a few checkpoints. */
  const slowly = { interfere: () => new Promise<undefined>((resolve) => setTimeout(resolve, 200, undefined)) };

  async function checkpointWritten(file: string, since: number): Promise<number> {
    for (;;) {
      const ms = existsSync(file) ? statSync(file).mtimeMs : 0;
      // The first is of a scan that has just begun.
      if (ms > since && /"items":[1-9]/.test(readFileSync(file, "utf8"))) return ms;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it.each([
    ["a file", ["--output", "items.ndjson"], "items.ndjson"],
    ["a file in order of segments", ["--output", "items.ndjson", "--order", "segment"], "items.ndjson"],
    ["one file for each segment", ["--output-dir", "parts"], "parts"],
  ])("has every item once in %s after two kills", async (_name, output, result) => {
    const flags = await through(slowly);
    const cwd = createScratch();
    const checkpoint = join(cwd, "checkpoint");
    const argv = [...flags, ...output, "--segments", "3", "--checkpoint", "checkpoint"];
    let written = 0;
    for (let kill = 0; kill < 2; kill++) {
      const running = startCli(argv, { cwd, env });
      written = await checkpointWritten(checkpoint, written);
      expect((await running.stop("SIGKILL")).status).toBe("SIGKILL");
      expect(readdirSync(cwd)).not.toContain("items.ndjson");
    }
    const last = await run(argv, { cwd });
    expect(last.stderr).toMatch(/resumed from the checkpoint/);
    expect(last.status).toBe(0);
    const path = join(cwd, result);
    const files = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
    expectEveryItemOnce(files.map((file) => readFileSync(file, "utf8")).join(""));
    expect(readdirSync(cwd).sort()).toEqual(["checkpoint", result].sort());
  });

  it("goes on after SIGINT exactly where standard output ended", async () => {
    const flags = await through(slowly);
    const cwd = createScratch();
    const argv = [...flags, "--segments", "2", "--checkpoint", "checkpoint"];
    const running = startCli(argv, { cwd, env });
    await running.waitFor(/item-/);
    const first = await running.stop("SIGINT");
    expect(first.status).toBe(130);
    expect(first.stderr).toMatch(/interrupted/);
    expect(first.stderr).toMatch(/run again with the same flags/);
    const second = await run(argv, { cwd });
    expect(second.status).toBe(0);
    expect(idsIn(first.stdout).length).toBeGreaterThan(0);
    expect(idsIn(second.stdout).length).toBeLessThan(items);
    expectEveryItemOnce(first.stdout + second.stdout);
  });

  it("repeats no more than the pages since the last checkpoint on standard output after a kill", async () => {
    const flags = await through(slowly);
    const cwd = createScratch();
    const argv = [...flags, "--segments", "2", "--checkpoint", "checkpoint"];
    const running = startCli(argv, { cwd, env });
    await checkpointWritten(join(cwd, "checkpoint"), 0);
    const first = await running.stop("SIGKILL");
    const second = await run(argv, { cwd });
    const ids = [...idsIn(first.stdout), ...idsIn(second.stdout)];
    expect(new Set(ids).size).toBe(items);
    expect(idsIn(second.stdout).length).toBeLessThan(items);
  });

  it("begins on a new line after a kill, so that a torn line harms no item", async () => {
    const flags = await through(slowly);
    const cwd = createScratch();
    const argv = [...flags, "--segments", "2", "--checkpoint", "checkpoint"];
    let appended = "";
    for (let kill = 0, written = 0; kill < 3; kill++) {
      const running = startCli(argv, { cwd, env });
      written = await checkpointWritten(join(cwd, "checkpoint"), written);
      appended += (await running.stop("SIGKILL")).stdout;
      // What a kill in the middle of a write leaves.
      appended += '{"pk":"item-00';
    }
    appended += (await run(argv, { cwd })).stdout;
    expect(new Set(idsIn(appended)).size).toBe(items);
  });

  it("keeps what was read when the service refuses in the middle", async () => {
    let scans = 0;
    const flags = await through({
      interfere: ({ operation }) =>
        operation === "Scan" && scans++ === 20
          ? { status: 400, body: { __type: "x#AccessDeniedException", message: "no more for you" } }
          : undefined,
    });
    const cwd = createScratch();
    const argv = [...flags, "--output", "items.json", "--format", "json", "--checkpoint", "checkpoint"];
    const refused = await run(argv, { cwd });
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toMatch(/refused Scan of table "pages", segment \d+ of \d+ in us-east-1/);
    expect(refused.stderr).toMatch(/dynamodb:Scan/);
    expect(refused.stderr).toMatch(/^scan: run again with the same flags to go on from .*checkpoint\n/);
    expect(existsSync(join(cwd, "items.json"))).toBe(false);
    expect((await run(argv, { cwd })).status).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, "items.json"), "utf8"))).toHaveLength(items);
    expect(scans).toBeLessThan(80);
    expect(readdirSync(cwd).sort()).toEqual(["checkpoint", "items.json"]);
  });
});

describe("scan that is stopped", () => {
  it("stops without a word, as by SIGPIPE, when its reader goes away", async () => {
    const flags = await through({});
    const running = startCli(flags, { env });
    running.child.stdout.once("data", () => running.child.stdout.destroy());
    const result = await running.ended;
    expect(result.stderr).not.toContain("error");
    expect(result.status).toBe(141);
  });

  it("leaves no output file behind after SIGINT", async () => {
    const flags = await through({ interfere: ({ number }) => (number > 5 ? { stallAfterBytes: 10 } : undefined) });
    const cwd = createScratch();
    const running = startCli([...flags, "--output", "items.ndjson"], { cwd, env });
    while ((front?.requests.length ?? 0) < 8) await new Promise((resolve) => setTimeout(resolve, 10));
    const result = await running.stop("SIGINT");
    expect(result.status).toBe(130);
    expect(result.stderr).toMatch(/interrupted/);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("scan's memory", () => {
  it.skipIf(process.platform !== "linux")("stays below 150 MiB", async () => {
    const running = startCli(["scan", "pages", "--endpoint-url", pages.url, "--progress", "none"], { env });
    let peakKiB = 0;
    running.child.stdout.on("data", () => {
      try {
        const status = readFileSync(`/proc/${running.child.pid}/status`, "utf8");
        peakKiB = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? peakKiB);
      } catch {
        // The process has just ended.
      }
    });
    expect((await running.ended).status).toBe(0);
    expect(peakKiB).toBeGreaterThan(0);
    expect(peakKiB / 1024).toBeLessThan(150);
  });
});
