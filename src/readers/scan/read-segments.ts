import { setMaxListeners } from "node:events";
import { ServiceError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { callDynamoDb } from "../dynamodb/call.js";
import type { Learned, RetryClock } from "../dynamodb/call.js";
import type { Connection } from "../dynamodb/connection.js";
import { PageBuffer } from "../dynamodb/page-buffer.js";
import type { ScanPage } from "../dynamodb/scan-page.js";
import type { ItemStyle } from "../items/transcode.js";
import { JsonFault } from "../items/json-cursor.js";
import { openWorkerPool } from "../workers/pool.js";
import type { SegmentState } from "./checkpoint.js";
import { createPageTranscoder } from "./page-transcoder.js";
import type { PageTranscoder } from "./page-transcoder.js";
import type { Pacing } from "./pacing.js";
import type { SegmentPlan } from "./segments.js";

/** Counters of a running scan, for its summary. */
export interface ScanCounts {
  items: number;
  scanned: number;
  bytesReceived: number;
  bytesWritten: number;
  requests: number;
  retries: number;
  throttles: number;
  consumedCapacity: number;
  segmentsDone: number;
}

export function createScanCounts(): ScanCounts {
  return {
    items: 0,
    scanned: 0,
    bytesReceived: 0,
    bytesWritten: 0,
    requests: 0,
    retries: 0,
    throttles: 0,
    consumedCapacity: 0,
    segmentsDone: 0,
  };
}

export interface SegmentScan {
  readonly connection: Connection;
  readonly clock: RetryClock;
  readonly pacing: Pacing;
  readonly learned: Learned;
  readonly signal: AbortSignal;
  /** The subject of messages: `table "orders"`. */
  readonly subject: string;
  readonly operation: "Scan" | "Query";
  /** The members of the request that all segments share, as JSON text without the closing brace. */
  readonly requestHead: string;
  readonly style: ItemStyle;
  /** Total number of items to read; undefined for all. */
  readonly limit: number | undefined;
  /** Whether to pass the limit to the service. With a filter, the service counts items before filtering. */
  readonly limitIsExact: boolean;
  readonly plan: SegmentPlan;
  /** The state of each segment; updated as pages are delivered. */
  readonly states: SegmentState[];
  readonly counts: ScanCounts;
  /** Receives the lines of one page of the segment `plan.first + offset`; resolves when their memory may be reused. */
  readonly deliver: (offset: number, lines: Uint8Array) => Promise<void>;
  /** Called after a page was delivered and the state of its segment was updated. */
  readonly delivered: (offset: number) => Promise<void>;
}

/**
 * Reads every segment to its last page, several at once. A segment's state advances after its page was delivered.
 *
 * When `signal` aborts, it resolves and the states show how far it got.
 *
 * @throws the error of the first failing segment, after all others have stopped
 */
export async function scanSegments(scan: SegmentScan): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([scan.signal, stop.signal]);
  // Every request in flight listens, and Node warns of a leak at more than ten listeners.
  setMaxListeners(0, signal);
  const budget = { items: scan.limit ?? Number.POSITIVE_INFINITY };
  const queue = scan.states.keys();
  const failures: unknown[] = [];
  const pool = openWorkerPool({ signal });
  const work = async () => {
    const buffer = new PageBuffer();
    // With a limit, pages are cut one after the other.
    const transcoder = createPageTranscoder(scan.style, scan.limit === undefined ? pool : undefined);
    for (const offset of queue) {
      if (signal.aborted) return;
      if (scan.states[offset]?.done === true) continue;
      await scanSegment({ scan: { ...scan, signal }, offset, buffer, transcoder, budget });
      if (budget.items <= 0) stop.abort();
    }
  };
  const workers = Array.from({ length: scan.plan.concurrency }, async () => {
    try {
      await work();
    } catch (error) {
      // After an abort, the others fail only because they were stopped.
      if (!signal.aborted) failures.push(error);
      stop.abort();
    }
  });
  await Promise.all(workers);
  await pool.close();
  // oxlint-disable-next-line typescript/only-throw-error -- rethrown unchanged
  if (failures.length > 0) throw failures[0];
}

interface Budget {
  items: number;
}

interface SegmentRun {
  readonly scan: SegmentScan;
  readonly offset: number;
  /** Holds one page, first the response and then its lines. */
  readonly buffer: PageBuffer;
  readonly transcoder: PageTranscoder;
  readonly budget: Budget;
}

async function scanSegment(run: SegmentRun): Promise<void> {
  const { scan, offset, buffer, budget } = run;
  const { states, counts } = scan;
  let { key, items } = states[offset] as SegmentState;
  do {
    const page = await readPage(run, key);
    key = page.lastEvaluatedKey;
    items += page.items;
    if (page.length > 0) await scan.deliver(offset, buffer.contents().subarray(0, page.length));
    counts.items += page.items;
    counts.bytesWritten += page.length;
    states[offset] = { key, done: key === undefined, items };
    if (key === undefined) counts.segmentsDone++;
    await scan.delivered(offset);
  } while (key !== undefined && budget.items > 0);
}

function formatSegment({ operation, plan }: SegmentScan, offset: number): string {
  return operation === "Query" ? "" : `,"Segment":${plan.first + offset},"TotalSegments":${plan.totalSegments}`;
}

function segmentName({ operation, plan }: SegmentScan, offset: number): string | undefined {
  return operation === "Query" ? undefined : `segment ${plan.first + offset} of ${plan.totalSegments}`;
}

async function fetchPage({ scan, offset, buffer, budget }: SegmentRun, key: string | undefined): Promise<void> {
  const { counts, pacing, signal } = scan;
  const start = key === undefined ? "" : `,"ExclusiveStartKey":${key}`;
  const limit = scan.limitIsExact && budget.items <= maxLimit ? `,"Limit":${Math.max(1, budget.items)}` : "";
  const body = `${scan.requestHead}${formatSegment(scan, offset)}${start}${limit}}`;
  await callDynamoDb(body, buffer, {
    ...scan,
    place: {
      operation: scan.operation,
      subject: scan.subject,
      segment: segmentName(scan, offset),
      region: scan.connection.region,
    },
    async paced(attempt) {
      await pacing.enter(signal);
      let outcome: "answered" | "throttled" | "failed" = "failed";
      try {
        const result = await attempt();
        if ("answer" in result) outcome = "answered";
        else if ("refusal" in result && result.refusal.kind === "throttled") outcome = "throttled";
        return result;
      } finally {
        pacing.leave(outcome);
      }
    },
    count(event) {
      if (event === "request") counts.requests++;
      else if (event === "retry") counts.retries++;
      else counts.throttles++;
    },
  });
}

/** A page of 1 MB never has more items, so a larger limit has no effect. */
const maxLimit = 1_000_000;
/** A response that is not JSON was damaged in transit, or is not from DynamoDB. */
const maxInvalidResponses = 3;

async function readPage(run: SegmentRun, key: string | undefined): Promise<ScanPage> {
  const { scan, offset, buffer, transcoder, budget } = run;
  const { counts, pacing } = scan;
  for (let attempt = 1; ; attempt++) {
    await fetchPage(run, key);
    counts.bytesReceived += buffer.contents().length;
    try {
      const page = await transcoder.transcode(buffer, Math.max(0, budget.items));
      budget.items -= page.items;
      counts.scanned += page.scannedCount;
      counts.consumedCapacity += page.consumedCapacity;
      pacing.spend(page.consumedCapacity);
      return page;
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error;
      if (attempt >= maxInvalidResponses) throw garbled(scan, offset, error);
      counts.retries++;
    }
  }
}

function garbled(scan: SegmentScan, offset: number, cause: JsonFault): ServiceError {
  const { connection, operation, subject } = scan;
  const segment = segmentName(scan, offset);
  const where = segment === undefined ? subject : `${subject}, ${segment}`;
  return new ServiceError(
    "ERR_SERVICE_RESPONSE",
    `${connection.endpoint.host} answers the ${operation} of ${where}, with something else than DynamoDB JSON: ${cause.message}`,
    {
      service: "dynamodb",
      operation,
      statusCode: 200,
      serviceCode: "",
      cause,
      hints: [message`check ${setting("endpoint-url")}: does DynamoDB answer there?`],
    },
  );
}
