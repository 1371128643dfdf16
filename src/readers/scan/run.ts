import { setTimeout as delay } from "node:timers/promises";
import { ServiceError } from "../../errors.js";
import type { Learned, RetryClock } from "../dynamodb/call.js";
import type { Connection } from "../dynamodb/connection.js";
import { describeTable, listTableNames } from "../dynamodb/table.js";
import type { TableDescription } from "../dynamodb/table.js";
import { readCheckpoint, requireSameScan, writeCheckpoint } from "./checkpoint.js";
import type { Checkpoint, SegmentState } from "./checkpoint.js";
import { adviseQuery } from "./advise-query.js";
import { createPacing } from "./pacing.js";
import { scanSegments } from "./read-segments.js";
import type { ScanCounts } from "./read-segments.js";
import type { ScanRequest } from "./request.js";
import { formatRequestHead, subjectOf } from "./request-head.js";
import type { Route, RouteRequest } from "./route.js";
import { maxConcurrent, planSegments } from "./segments.js";
import type { SegmentPlan } from "./segments.js";
import { withHint } from "../../aws/http/with-hints.js";
import type { Text } from "../../message.js";
import { monotonicMs } from "../../aws/monotonic.js";

export interface ScanContext {
  readonly connection: Connection;
  /** Opens the route to the destination. */
  readonly openRoute: (options: RouteRequest) => Promise<Route>;
  /** The path of the destination, for the checkpoint; undefined for standard output. */
  readonly destinationPath: string | undefined;
  readonly signal: AbortSignal;
  /** Finds the candidate that a mistyped name resembles. */
  readonly suggest: (name: string, candidates: readonly string[]) => string | undefined;
  /** Receives advice on a request that could be cheaper. */
  readonly advise?: ((text: Text) => void) | undefined;
  readonly counts: ScanCounts;
  /** Updated as values become known; the progress display reads it. */
  readonly estimate: ScanEstimate;
}

export interface ScanEstimate {
  /** The service's estimate of the items in this run's part of the table; undefined if unknown. */
  items: number | undefined;
  segments: number;
  /** According to the checkpoint, nothing is left to do. */
  alreadyComplete: boolean;
  resumed: boolean;
}

const systemClock: RetryClock = {
  now: monotonicMs,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: () => Math.random(),
};

/**
 * Reads a table, an index, one shard of it or the items of a key completely and delivers every item.
 *
 * @throws ServiceError, NetworkError, UsageError
 */
export async function runScan(request: ScanRequest, context: ScanContext): Promise<void> {
  const { counts, estimate, connection, signal } = context;
  const identity = scanIdentity(request, context);
  const earlier = request.checkpoint === undefined ? undefined : await readCheckpoint(request.checkpoint);
  if (earlier !== undefined && request.checkpoint !== undefined) requireSameScan(request.checkpoint, earlier, identity);
  estimate.resumed = earlier !== undefined;
  estimate.alreadyComplete = earlier?.complete === true;
  if (estimate.alreadyComplete) return;
  const caller = {
    connection,
    clock: systemClock,
    signal,
    learned: { skewMs: 0, answered: false },
    paced: <T>(attempt: () => Promise<T>) => attempt(),
    count(event: "request" | "retry" | "throttle") {
      if (event === "request") counts.requests++;
      else if (event === "retry") counts.retries++;
      else counts.throttles++;
    },
  };
  let description: TableDescription | undefined;
  try {
    description = await describeTable(caller, request.table, request.index);
    const plan = earlier === undefined ? planSegments({ ...request, size: description?.size }) : planOf(earlier);
    if (request.key === undefined) {
      estimate.items = description?.size && description.size.items / request.shard.count;
      const advice = description && adviseQuery(request, description);
      if (advice !== undefined) context.advise?.(advice);
    }
    estimate.segments = plan.count;
    await scanWith({ request, context, plan, earlier, identity, learned: caller.learned, description });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.serviceCode === "ResourceNotFoundException") {
      throw withHint(error, nearName(request.table, await listTableNames(caller), "tables", context));
    }
    const wrongIndex = error.serviceCode === "ValidationException" && request.index !== undefined && description;
    if (!wrongIndex || description?.size !== undefined) throw error;
    throw withHint(error, nearName(request.index ?? "", namesOf(wrongIndex.indexes), "indexes", context));
  }
}

interface PlannedScan {
  readonly request: ScanRequest;
  readonly context: ScanContext;
  readonly plan: SegmentPlan;
  readonly earlier: Checkpoint | undefined;
  readonly identity: Checkpoint["scan"];
  readonly learned: Learned;
  readonly description: TableDescription | undefined;
}

const namesOf = (indexes: TableDescription["indexes"]) => indexes.map(({ name }) => name);

async function scanWith(planned: PlannedScan): Promise<void> {
  const { request, context, plan, earlier, learned } = planned;
  const { connection, counts, signal } = context;
  const states: SegmentState[] =
    earlier === undefined
      ? Array.from({ length: plan.count }, () => ({ key: undefined, done: false, items: 0 }))
      : [...earlier.segments];
  const requestHead = formatRequestHead(request, planned.description);
  counts.segmentsDone = states.filter(({ done }) => done).length;
  const tornLine = earlier !== undefined && earlier.settled !== true;
  const route = await context.openRoute({ ...request, plan, partLengths: earlier?.parts ?? {}, tornLine, signal });
  const saver = createSaver(planned, states, route);
  try {
    // From here on, a kill can leave half of a line, and the next run has to know.
    await saver.save({ settled: false });
    await scanSegments({
      connection,
      clock: systemClock,
      pacing: createPacing({ concurrency: plan.concurrency, maxRcu: request.maxRcu, clock: systemClock }),
      learned,
      signal,
      subject: subjectOf(request),
      operation: request.key === undefined ? "Scan" : "Query",
      requestHead,
      style: request.style,
      limit: request.limit,
      limitIsExact: request.expressions.filterExpression === undefined,
      plan,
      states,
      counts,
      deliver: (offset, lines) => route.deliver(offset, lines),
      delivered: () => saver.saveWhenDue(),
    });
    signal.throwIfAborted();
    await saver.save({ settled: true });
    await route.finish();
    await saver.save({ complete: true });
    await route.discard();
  } catch (error) {
    if (request.checkpoint === undefined) {
      await route.discard();
    } else {
      await saver.save({ settled: true });
      await route.suspend();
    }
    throw error;
  }
}

const saveIntervalMs = 1_000;

interface SavedAs {
  readonly complete?: boolean;
  readonly settled?: boolean;
}

/** Writes the checkpoint about once a second; without a checkpoint it does nothing. */
function createSaver({ request, plan, identity }: PlannedScan, states: readonly SegmentState[], route: Route) {
  const { checkpoint } = request;
  // The first page is saved at once: a scan that is stopped again and again would not get on otherwise.
  let savedMs = Number.NEGATIVE_INFINITY;
  let saving: Promise<void> | undefined;
  const save = async ({ complete = false, settled = complete }: SavedAs): Promise<void> => {
    if (checkpoint === undefined) return;
    // Taken without an await in between: the states must match the lengths of the files.
    const { totalSegments, first } = plan;
    const segments = [...states];
    const parts = complete ? {} : route.lengths();
    if (!complete) await route.sync();
    await writeCheckpoint(checkpoint, {
      version: 1,
      scan: identity,
      totalSegments,
      first,
      complete,
      settled,
      segments,
      parts,
    });
  };
  return {
    async save(as: SavedAs): Promise<void> {
      await saving?.catch(() => undefined);
      await save(as);
    },
    async saveWhenDue(): Promise<void> {
      if (checkpoint === undefined || saving !== undefined || monotonicMs() - savedMs < saveIntervalMs) return;
      saving = save({});
      try {
        await saving;
      } finally {
        saving = undefined;
        savedMs = monotonicMs();
      }
    },
  };
}

function planOf({ totalSegments, first, segments }: Checkpoint): SegmentPlan {
  return { totalSegments, first, count: segments.length, concurrency: Math.min(segments.length, maxConcurrent) };
}

/** The options that must match to resume a scan, by flag name. */
function scanIdentity(request: ScanRequest, { connection, destinationPath }: ScanContext): Checkpoint["scan"] {
  const { expressions, shard, style } = request;
  const identity = {
    table: request.table,
    index: request.index,
    key: request.key?.text,
    reverse: request.reverse ? true : undefined,
    region: connection.region,
    endpoint: connection.endpoint.host,
    "consistent-read": request.consistentRead,
    filter: expressions.filterExpression,
    projection: expressions.projectionExpression,
    names: expressions.expressionAttributeNames,
    values: request.expressionAttributeValues,
    segments: request.segments,
    shard: `${shard.index}/${shard.count}`,
    order: request.order,
    format: request.format,
    columns: request.columns,
    output: destinationPath,
    ...style,
  };
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined));
}

function nearName(
  name: string,
  known: readonly string[],
  noun: string,
  { suggest, connection }: ScanContext,
): string | undefined {
  if (known.length === 0) return undefined;
  const near = suggest(name, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  const where = noun === "tables" ? ` in ${connection.region}` : "";
  return `${noun}${where}: ${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""}`;
}
