import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "vitest";
import type { Fault } from "../../src/emulator/faults/inject.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import { errorCodes } from "../../src/errors.js";
import { createRandom } from "../fuzz/mutate.js";
import { roleArn } from "./emulator-flags.js";
import { libraryOptions } from "./library-options.js";

export interface LifeRequest {
  /** Minimum number of sessions to obtain. */
  readonly renewals: number;
  /** Minimum hours to run, by the moved clock. */
  readonly hours: number;
  readonly seed: number;
  /** Uses a hop and the cache on disk, with sessions of 15 minutes; default false. */
  readonly hopping?: boolean;
}

interface HeapMark {
  readonly renewals: number;
  /** Bytes after garbage collection. */
  readonly heapUsed: number;
  readonly external: number;
}

export interface LifeReport {
  readonly hours: number;
  readonly renewals: number;
  readonly failedRenewals: number;
  readonly requests: number;
  readonly signed: number;
  /** Least remaining life of the credentials at any signature, in milliseconds. */
  readonly leastLeftMs: number;
  /** Requests that failed, by code. */
  readonly failed: Readonly<Record<string, number>>;
  /** Requests that failed although there was a session. */
  readonly failedInVain: number;
  /** Requests that failed, except in outages longer than the life left in the session held when they began. */
  readonly failedUnexcused: number;
  readonly heap: { readonly early: HeapMark; readonly late: HeapMark };
  /** CreateSession requests that went wrong, by kind of fault. */
  readonly disturbed: Readonly<Record<string, number>>;
  /** Requests with credentials that the emulator refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Shorter than AWS allows, so that 24 hours hold a thousand sessions; profiles of the emulator permit it. */
const shortSeconds = 126;
/** The shortest duration of a hop. */
const hopSeconds = 900;

/** Faults that hit one CreateSession request in three, in turn. */
const misfortunes: readonly Fault[] = [
  { kind: "error", statusCode: 500, code: "InternalFailure" },
  { kind: "error", statusCode: 503, code: "ServiceUnavailable" },
  { kind: "error", statusCode: 429, code: "ThrottlingException" },
  { kind: "drop" },
  { kind: "drop" },
  { kind: "truncate" },
  { kind: "truncate" },
  // Longer than the client waits for an answer.
  { kind: "latency", milliseconds: 400 },
  { kind: "body", text: "<html>a proxy's page</html>" },
  { kind: "omit", member: "credentialSet.0.credentials.sessionToken" },
].map((fault) => ({ ...fault, operation: "CreateSession", times: 1 }) as Fault);

/** Runs `long-life-client.mjs` against an emulator at which CreateSession fails at random. */
export async function liveLong({ renewals, hours, seed, hopping = false }: LifeRequest): Promise<LifeReport> {
  const sessionSeconds = hopping ? hopSeconds : shortSeconds;
  const pace = sessionSeconds / shortSeconds;
  const randomBelow = createRandom(seed);
  const jumpsMs = Array.from({ length: 997 }, () => (1_000 + randomBelow(11_000)) * pace);
  const count = (counts: Record<string, number>, name: string) => void (counts[name] = (counts[name] ?? 0) + 1);
  const disturbed: Record<string, number> = {};
  const refused: Record<string, number> = {};
  let offsetMs = 0;
  let outage = false;
  let next = 0;
  const emulator = await startEmulator({
    now: () => new Date(Date.now() + offsetMs),
    onRequest({ operation, faults = [], code }) {
      if (operation !== "CreateSession") {
        if (code !== undefined && faults.length === 0) count(refused, code);
        return;
      }
      for (const kind of faults) count(disturbed, kind === "error" ? (code ?? kind) : kind);
      arm();
    },
  });
  emulator.updateState((state) => ({
    ...state,
    profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds: sessionSeconds })),
  }));

  /** Sets the fault of the next CreateSession; sometimes also drops a request with credentials. */
  function arm(): void {
    emulator.clearFaults();
    const misfortune = randomBelow(3) === 0 ? misfortunes[next++ % misfortunes.length] : undefined;
    if (outage) emulator.addFaults({ kind: "error", statusCode: 503, code: "Outage", operation: "CreateSession" });
    else if (misfortune !== undefined) emulator.addFaults(misfortune);
    // Rarely: otherwise all three tries of one request would be dropped some day.
    if (!outage && randomBelow(20) === 0)
      emulator.addFaults({ kind: "drop", operation: "GetCallerIdentity", times: 1 });
  }

  const options = {
    ...libraryOptions(emulator),
    timeouts: { firstByteMs: 200 },
    ...(hopping
      ? {
          hops: [{ RoleArn: roleArn(emulator, "Target"), DurationSeconds: hopSeconds }],
          cache: { directory: join(emulator.folder, "cache") },
        }
      : {}),
  };
  const client = fork(
    fileURLToPath(new URL("../library/long-life-client.mjs", import.meta.url)),
    [JSON.stringify({ options, renewals, hours, jumpsMs, pace })],
    { execArgv: ["--expose-gc"], env: { PATH: process.env["PATH"], HOME: emulator.folder } },
  );
  let report: Omit<LifeReport, "disturbed" | "refused"> | undefined;
  client.on("message", (message: { offsetMs?: number; outage?: boolean; done?: typeof report }) => {
    report = message.done ?? report;
    offsetMs = message.offsetMs ?? offsetMs;
    if (message.outage !== undefined) {
      outage = message.outage;
      arm();
    }
    if (message.done === undefined) client.send("go");
  });
  try {
    const [status] = (await once(client, "close")) as [number | null];
    if (report === undefined) throw new Error(`the client ended with ${status} and no report`);
    return { ...report, disturbed, refused };
  } finally {
    client.kill("SIGKILL");
    await emulator.stop();
  }
}

const mebibyte = 1024 * 1024;

/** Checks what must hold for every run, however unlucky. */
export function expectGoodLife(report: LifeReport): void {
  const { leastLeftMs, refused, requests, failed, failedInVain, failedUnexcused, disturbed, failedRenewals, heap } =
    report;
  expect(leastLeftMs).toBeGreaterThan(0);
  expect(refused).toEqual({});
  expect(failedInVain).toBe(0);
  // Refreshed so early that a shorter outage is over in time; rarely, random faults prolong one.
  expect(failedUnexcused).toBeLessThan(requests / 1000);
  expect(Object.keys(failed).filter((code) => !Object.hasOwn(errorCodes, code))).toEqual([]);
  // Without faults, the run would prove nothing.
  expect(Object.keys(disturbed).sort()).toEqual(
    [...new Set(misfortunes.map((fault) => (fault.kind === "error" ? fault.code : fault.kind))), "Outage"].sort(),
  );
  expect(failedRenewals).toBeGreaterThan(report.renewals / 20);
  expect(heap.late.heapUsed - heap.early.heapUsed).toBeLessThan(3 * mebibyte);
  expect(heap.late.external - heap.early.external).toBeLessThan(mebibyte);
}

/** Summarises the run in a few lines. */
export function describeLife({ heap, failed, disturbed, ...report }: LifeReport): string {
  const mark = ({ renewals, heapUsed }: HeapMark) => `${(heapUsed / mebibyte).toFixed(2)} MiB at ${renewals} renewals`;
  return [
    `${report.hours.toFixed(1)} h, ${report.renewals} renewals, ${report.failedRenewals} that failed`,
    `CreateSession disturbed: ${JSON.stringify(disturbed)}`,
    `${report.requests} requests, ${report.signed} signatures, ${(report.leastLeftMs / 1000).toFixed(1)} s left at the least`,
    `requests that failed: ${JSON.stringify(failed)}, with a session at hand: ${report.failedInVain}, without an outage that outlasts a session: ${report.failedUnexcused}`,
    `heap ${mark(heap.early)}, ${mark(heap.late)}`,
    "",
  ].join("\n");
}
