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

interface Killed {
  readonly status: number | NodeJS.Signals;
  readonly stderr: string;
  /** Digests of the target before the run, after it, and if the run was complete. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly complete: string | undefined;
  /** What the run left beside the target. */
  readonly added: readonly string[];
}

function problemOf({ status, stderr, before, after, complete, added }: Killed, { output }: Target): string | undefined {
  if (after !== before && after !== complete) return "neither the old nor the new content";
  if (status === 0 && after !== complete) return "succeeded without the new content";
  if (status === 143 && after !== before) return "interrupted, with the new content";
  if (status === 143 && !stderr.includes(`interrupted, ${output} was not written`)) return `said: ${stderr}`;
  return status !== "SIGKILL" && added.length > 0 ? `left ${added.join(", ")}` : undefined;
}

/** Kills runs one after the other, and returns what is wrong after them. */
async function killRuns(target: Target, count: number, runMs: number): Promise<readonly string[]> {
  const problems: string[] = [];
  for (let kill = 0; kill < count; kill++) {
    const [before, leftBefore] = [target.digest(), target.leftovers()];
    const source = kill % 2;
    const signal = Math.floor(kill / 2) % 2 === 0 ? "SIGKILL" : "SIGTERM";
    const cli = startCli(wordsFor(source, target), { env: s3.env });
    const timer = setTimeout(() => cli.child.kill(signal), Math.random() * runMs);
    const { status, stderr } = await cli.ended;
    clearTimeout(timer);
    // A run removes what killed runs left of a file, and adds nothing unless it is killed itself.
    const added = target.leftovers().filter((name) => !leftBefore.includes(name));
    const killed = { status, stderr, before, after: target.digest(), complete: digests[source], added };
    const problem = problemOf(killed, target);
    if (problem !== undefined) problems.push(`${signal} number ${kill}, status ${status}: ${problem}`);
  }
  return problems;
}

const kinds = [
  ["a file", fileTarget, false],
  ["an object on S3", objectTarget, true],
] as const;

describe.each(kinds)("killed at any moment, read-s3 --output of %s", (_, openTarget, keepsParts) => {
  test(
    `leaves the old or the new one, whole (${kills} kills)`,
    async () => {
      const startedMs = performance.now();
      expect((await runCli(wordsFor(0, openTarget()), { env: s3.env })).status).toBe(0);
      const runMs = performance.now() - startedMs;
      const targets = Array.from({ length: lanes }, openTarget);
      const problems = await Promise.all(targets.map((target) => killRuns(target, kills / lanes, runMs * lanes)));
      expect(problems.flat()).toEqual([]);
      for (const target of targets) {
        const { status, stderr } = await runCli(wordsFor(1, target), { env: s3.env });
        expect({ status, stderr }).toMatchObject({ status: 0 });
        expect(target.digest()).toBe(digests[1]);
        // Only a lifecycle rule removes parts of uploads.
        expect(target.leftovers().filter(() => !keepsParts)).toEqual([]);
      }
    },
    60_000 + kills * 3_000,
  );
});
