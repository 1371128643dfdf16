// A program that lives for long on one provider: two clients of the AWS SDK for JavaScript v3, through the built library.
//
// Its clock is the system's with jumps ahead: `Date` alone is moved, for the SDK and the library alike, and timers stay
// as they are. So a session's life passes in milliseconds while nothing is due, and each renewal, with its retries, its
// pauses and its time limits, takes the time that it takes. The parent, which runs the emulator, moves its own clock
// by the same jumps before any request is made.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const { options, renewals: wanted, hours, jumpsMs, pace } = JSON.parse(process.argv[2] ?? "");

const SystemDate = Date;
let offsetMs = 0;
globalThis.Date = class extends SystemDate {
  constructor(...given) {
    if (given.length === 0) super(SystemDate.now() + offsetMs);
    else super(...given);
  }
  static now() {
    return SystemDate.now() + offsetMs;
  }
};

const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
const { fromRolesAnywhere } = await import("../../dist/lib/index.js");

const seen = {
  renewals: 0,
  failedRenewals: 0,
  requests: 0,
  signed: 0,
  /** Milliseconds that were left of the credentials when a request was signed with them, at least. */
  leastLeftMs: Number.POSITIVE_INFINITY,
  /** Requests that failed, by the code of their error. */
  failed: {},
  /** Those among them that failed while there was a session to sign with. */
  failedInVain: 0,
  /** And those that no outage excuses which outlasts the session that was held as it began. */
  failedUnexcused: 0,
  heap: {},
};

/** In its last two seconds no session is given. */
const marginMs = 2_000;
let plan = { renewAtMs: 0, retryAtMs: 0, endMs: 0 };
let outcomes = 0;
/** From the beginning of an outage that outlasts the session to the first session after it. */
let excused = false;
const provider = fromRolesAnywhere({
  ...options,
  // One that is never aborted, as a service has that stops on a signal: nothing may pile up on it.
  signal: new AbortController().signal,
  onRenewed({ renewAt, expiration }) {
    // While AWS is away the cache may answer with the session that is held.
    if (expiration.getTime() !== plan.endMs) {
      seen.renewals++;
      excused = false;
    }
    outcomes++;
    plan = { renewAtMs: renewAt.getTime(), retryAtMs: 0, endMs: expiration.getTime() };
  },
  onRenewalFailed({ retryAt }) {
    seen.failedRenewals++;
    outcomes++;
    plan = { ...plan, retryAtMs: retryAt.getTime() };
  },
});

const clients = [0, 1].map(() => {
  const client = new STSClient({ region: "us-east-1", credentials: provider, endpoint: options.stsEndpoint });
  const measure = (next, context) => (args) => {
    const { identity } = context.__smithy_context.selectedHttpAuthScheme;
    seen.signed++;
    seen.leastLeftMs = Math.min(seen.leastLeftMs, identity.expiration.getTime() - Date.now());
    return next(args);
  };
  client.middlewareStack.add(measure, { step: "finalizeRequest", priority: "low" });
  return client;
});

/** Tells the parent, and waits until it has done what it was told. */
async function tell(message) {
  process.send(message);
  await once(process, "message");
}

async function jump(milliseconds) {
  offsetMs += milliseconds;
  await tell({ offsetMs });
}

async function ask(client) {
  seen.requests++;
  try {
    await client.send(new GetCallerIdentityCommand({}));
  } catch (error) {
    const name = error.code ?? error.name;
    seen.failed[name] = (seen.failed[name] ?? 0) + 1;
    if (Date.now() < plan.endMs - marginMs) seen.failedInVain++;
    if (!excused) seen.failedUnexcused++;
  }
}

/** One moment of the life: both clients at once; when that began a renewal, they go on asking until it has ended. */
async function live() {
  const before = outcomes;
  const due = Date.now() >= plan.renewAtMs && Date.now() >= plan.retryAtMs;
  const underWay = () => due && outcomes === before;
  await Promise.all(clients.map(ask));
  while (underWay()) {
    await sleep(10);
    await ask(clients[0]);
  }
}

/** From the moment that a renewal is due, AWS gives no session for a while. */
async function outage(seconds) {
  await jump(Math.max(0, plan.renewAtMs - Date.now()));
  await tell({ outage: true });
  excused = seconds * 1_000 > plan.endMs - Date.now();
  for (let past = 0; past < seconds; past += 6 * pace) {
    await jump(6_000 * pace);
    await live();
  }
  await tell({ outage: false });
}

async function measureHeap() {
  for (let round = 0; round < 5; round++) {
    await sleep(20);
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return { renewals: seen.renewals, heapUsed, external };
}

const startedMs = Date.now();
for (let moment = 1; seen.renewals < wanted || Date.now() - startedMs < hours * 3_600_000; moment++) {
  if (seen.heap.early === undefined && seen.renewals >= wanted / 5) seen.heap.early = await measureHeap();
  await jump(jumpsMs[moment % jumpsMs.length]);
  await live();
  if (moment % 97 === 0) await outage(18 * pace);
  if (moment % 1_499 === 0) await outage(150 * pace);
}
seen.heap.late = await measureHeap();
process.send({ done: { ...seen, hours: (Date.now() - startedMs) / 3_600_000 } });
for (const client of clients) client.destroy();
process.disconnect();
