// `scan` with a checkpoint is killed at random moments, while its output is appended to one file, until it is complete.
// 200 kills:
//
//     ROLESANYWHERE_TS_SCAN_KILLS=200 npx vitest run test/cli/scan-kills.test.ts
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, createReadStream, createWriteStream, existsSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../src/readers/scan/checkpoint.js";
import { startPageServer } from "../support/page-server.js";
import { cleanEnvironment, programWords } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { startSignedFront } from "../support/signed-front.js";

const defaultKills = 12;
const kills = Number(process.env["ROLESANYWHERE_TS_SCAN_KILLS"] ?? defaultKills);
/** Larger than the buffer of a pipe, so that a kill can leave half of a page. */
const itemsPerPage = 250;
const segments = 4;
const maxRequests = 8;
const maxDelayMs = 40;
const secretAccessKey = "a secret";
const env = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: "us-east-1" };

/** A sequence that looks random and is the same each time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What was promised at a kill: from this byte of the output on, no item below `bounds` of its segment comes again. */
interface Promised {
  readonly from: number;
  readonly bounds: readonly number[];
}

function promisedBy(checkpoint: string, output: string, items: number): Promised {
  const from = existsSync(output) ? statSync(output).size : 0;
  const states = existsSync(checkpoint)
    ? (JSON.parse(readFileSync(checkpoint, "utf8")) as Checkpoint).segments
    : Array.from({ length: segments }, () => ({ key: undefined, done: false }));
  const bounds = states.map(({ key, done }, segment) => {
    if (done) return Math.floor((items * (segment + 1)) / segments);
    const last = /item-(\d+)/.exec(key ?? "")?.[1];
    return last === undefined ? Math.floor((items * segment) / segments) : Number(last) + 1;
  });
  return { from, bounds };
}

interface Found {
  missing: number;
  /** Items that came again although a checkpoint knew of them. */
  broken: number;
  again: number;
  torn: number;
  /** Lines in which an item follows a torn one. */
  joined: number;
}

async function examine(output: string, items: number, promises: readonly Promised[]): Promise<Found> {
  const seen = new Uint8Array(items);
  const found: Found = { missing: 0, broken: 0, again: 0, torn: 0, joined: 0 };
  let at = 0;
  let run = 0;
  for await (const line of createInterface({ input: createReadStream(output), crlfDelay: 0 })) {
    while (run < promises.length && at >= (promises[run]?.from ?? 0)) run++;
    at += Buffer.byteLength(line) + 1;
    if (line === "") continue;
    const id = Number(/^\{"pk":"item-(\d{10})",.*\}$/.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(id)) {
      found.torn++;
      if (line.lastIndexOf('{"pk"') > 0) found.joined++;
      continue;
    }
    JSON.parse(line);
    if (seen[id] === 1) found.again++;
    seen[id] = 1;
    const segment = Math.floor(((id + 1) * segments - 1) / items);
    const bound = promises[run - 1]?.bounds[segment] ?? 0;
    if (id < bound) found.broken++;
  }
  found.missing = seen.filter((count) => count === 0).length;
  return found;
}

describe.each(["file", "pipe"] as const)("scan into a %s that is appended to", (kind) => {
  it(
    `loses nothing and repeats only what no checkpoint knows, over ${kills / 2} kills`,
    { timeout: 60_000 + kills * 3_000 },
    async () => {
      const random = sequence(kind === "file" ? 5 : 17);
      const items = itemsPerPage * Math.ceil((maxRequests * kills) / 2 + 4 * segments);
      const pages = await startPageServer(items, itemsPerPage);
      let onRequest: () => Promise<void> = () => Promise.resolve();
      const front = await startSignedFront({
        upstreamPort: pages.port,
        keyOf: () => ({ secretAccessKey }),
        async interfere({ operation }) {
          if (operation === "Scan") await onRequest();
          return undefined;
        },
      });
      const folder = createScratch();
      const output = join(folder, "items.ndjson");
      const checkpoint = join(folder, "checkpoint");
      const [program, ...words] = programWords();
      const argv = [...words, "scan", "pages", "--endpoint-url", front.url, "--segments", String(segments)];

      const run = async (killAt: number): Promise<number | string> => {
        const file = openSync(output, "a");
        const child = spawn(program, [...argv, "--checkpoint", checkpoint, "--progress", "none"], {
          env: cleanEnvironment(env),
          stdio: ["ignore", kind === "file" ? file : "pipe", "ignore"],
        });
        closeSync(file);
        const written = child.stdout?.pipe(createWriteStream(output, { flags: "a" }));
        let requests = 0;
        const ended = once(child, "close");
        onRequest = async () => {
          if (++requests === killAt) void delay(random() * maxDelayMs).then(() => child.kill("SIGKILL"));
          // Further pages would make a run that ends before its kill possible.
          if (requests > killAt) await ended;
        };
        const [status, signal] = (await ended) as [number | null, string | null];
        if (written !== undefined) await finished(written);
        return status ?? signal ?? "";
      };

      try {
        const promises: Promised[] = [];
        for (let kill = 0; kill < kills / 2; kill++) {
          expect(await run(1 + Math.floor(random() * maxRequests))).toBe("SIGKILL");
          promises.push(promisedBy(checkpoint, output, items));
        }
        // Short runs get on, too.
        expect(promises.at(-1)?.bounds.some((bound, segment) => bound > (items * segment) / segments)).toBe(true);
        expect(await run(Number.POSITIVE_INFINITY)).toBe(0);
        const { again, torn, ...wrong } = await examine(output, items, promises);
        expect(wrong).toEqual({ missing: 0, broken: 0, joined: 0 });
        // A kill leaves at most one torn line, and every segment repeats at most what it read since the last checkpoint.
        expect(torn).toBeLessThanOrEqual(kills / 2);
        expect(again).toBeLessThan((kills / 2) * (maxRequests + segments) * itemsPerPage);
        expect((JSON.parse(readFileSync(checkpoint, "utf8")) as Checkpoint).complete).toBe(true);
      } finally {
        await front.close();
        pages.close();
      }
    },
  );
});
