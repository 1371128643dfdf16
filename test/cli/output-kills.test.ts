// `read-s3 --output` is killed at moments of all its work. Afterwards the file or object is the old one or the new one,
// and whole. 200 kills of each:
//
//     ROLESANYWHERE_TS_OUTPUT_KILLS=200 npx vitest run test/cli/output-kills.test.ts
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli, startCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

const kills = Number(process.env["ROLESANYWHERE_TS_OUTPUT_KILLS"] ?? 8);
/** Runs at the same time, each with its own target. */
const lanes = 2;

let s3: S3Server;
/** Digests of the outputs of the two sources, which are two parts each. */
const digests: string[] = [];
const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

beforeAll(async () => {
  s3 = await startS3Server();
  for (const source of [0, 1]) {
    const line = (index: number) => `${index},${source},${"x".repeat(80)}\n`;
    const rows = `id,source,text\n${Array.from({ length: 80_000 }, (_, index) => line(index)).join("")}`;
    s3.put("in", `${source}.zip`, writeZip([{ name: "a.csv", data: rows }]));
    digests.push(digestOf(Buffer.from(rows)));
  }
});
afterAll(() => s3[Symbol.asyncDispose]());

interface Target {
  readonly output: string;
  /** The digest of what is there, of however many bytes; undefined for nothing. */
  readonly digest: () => string | undefined;
  /** What a run may leave beside it only if it was killed by SIGKILL. */
  readonly leftovers: () => readonly string[];
}

function fileTarget(): Target {
  const folder = createScratch("kills");
  const output = join(folder, "rows.csv");
  return {
    output,
    digest: () => (existsSync(output) ? digestOf(readFileSync(output)) : undefined),
    leftovers: () => readdirSync(folder).filter((name) => name !== "rows.csv"),
  };
}

let objects = 0;
function objectTarget(): Target {
  const place = `out/${objects++}.csv`;
  return {
    output: `s3://${place}`,
    digest() {
      const found = s3.objects.get(place);
      return found && digestOf(found.bytes);
    },
    leftovers: () => [...s3.uploads].filter(([, upload]) => upload.place === place).map(([id]) => id),
  };
}

const wordsFor = (source: number, { output }: Target) => ["read-s3", `s3://in/${source}.zip`, "--output", output];

/** Kills runs one after the other, and returns how many ended before. */
async function killRuns(target: Target, count: number, runMs: number): Promise<number> {
  let complete = 0;
  let leftBefore = target.leftovers();
  for (let kill = 0; kill < count; kill++) {
    const before = target.digest();
    const source = kill % 2;
    const signal = Math.floor(kill / 2) % 2 === 0 ? "SIGKILL" : "SIGTERM";
    const cli = startCli(wordsFor(source, target), { env: s3.env });
    const timer = setTimeout(() => cli.child.kill(signal), Math.random() * runMs);
    const { status, stderr } = await cli.ended;
    clearTimeout(timer);
    const after = target.digest();
    const at = { kill, signal, status, stderr };
    expect({ ...at, whole: [before, digests[source]].includes(after) }).toEqual({ ...at, whole: true });
    if (status === 0) expect({ ...at, after }).toEqual({ ...at, after: digests[source] });
    if (status === 143) {
      expect({ ...at, after }).toEqual({ ...at, after: before });
      expect(stderr).toContain(`interrupted, ${target.output} was not written`);
    }
    const left = target.leftovers();
    // A run removes what killed runs left of a file, and adds nothing unless it is killed itself.
    if (status !== "SIGKILL") expect(left.filter((name) => !leftBefore.includes(name))).toEqual([]);
    leftBefore = left;
    if (status === 0) complete++;
  }
  return complete;
}

const kinds = [
  ["a file", fileTarget],
  ["an object on S3", objectTarget],
] as const;

describe.each(kinds)("killed at any moment, read-s3 --output of %s", (_, openTarget) => {
  test(
    `leaves the old or the new one, whole (${kills} kills)`,
    async () => {
      const startedMs = performance.now();
      expect((await runCli(wordsFor(0, openTarget()), { env: s3.env })).status).toBe(0);
      const runMs = performance.now() - startedMs;
      const targets = Array.from({ length: lanes }, openTarget);
      await Promise.all(targets.map((target) => killRuns(target, kills / lanes, runMs * lanes)));
      for (const target of targets) {
        const { status, stderr } = await runCli(wordsFor(1, target), { env: s3.env });
        expect({ status, stderr }).toMatchObject({ status: 0 });
        expect(target.digest()).toBe(digests[1]);
        if (openTarget === fileTarget) expect(target.leftovers()).toEqual([]);
      }
    },
    60_000 + kills * 3_000,
  );
});
