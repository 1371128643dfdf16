import { watchLock } from "../../aws/files/lock.js";
import type { HeldLock } from "../../aws/files/lock.js";
import { readFailureNote, removeFailureNote, writeFailureNote } from "./failure-note.js";
import { describeFault } from "./private-file.js";
import type { Entry } from "./entry.js";
import type { SessionSlot } from "./session-slot.js";
import type { Text } from "../../message.js";

export interface FlightContext {
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly debug: (line: Text) => void;
  /** A monotonic clock, in milliseconds. */
  readonly elapsedMs: () => number;
}

/** How a process gets a session after a cache miss. */
export type Flight =
  /** Another process got a session meanwhile. */
  | { readonly kind: "landed"; readonly entry: Entry }
  /** This process makes the request, and the others wait for `end`. */
  | { readonly kind: "pilot"; readonly end: (error?: unknown) => void }
  /** The lock is not available: this process makes its own request. */
  | { readonly kind: "alone" }
  /** Another process makes the request, and this one does not wait. */
  | { readonly kind: "leave" };

/** A lock holder may need all the time that the transport allows. After this, send a request with the time left. */
const maxWaitMs = 25_000;
/** A lock holder updates its lock several times a second. A wrong guess costs one request. */
const patience = { silentMs: 1_200, stoppedMs: 10_000 };
const firstPauseMs = 15;
const maxPauseMs = 120;

/**
 * Lets one of many processes make the request: it becomes the pilot, and the others wait until the session is in the
 * cache or the pilot fails or dies.
 *
 * @param isGood Whether this process can use a cached session.
 * @param waits False for a process that has a fallback and does not wait.
 * @throws ServiceError, NetworkError of a pilot that failed while this process waited.
 */
export async function boardFlight(
  slot: SessionSlot,
  isGood: (entry: Entry) => boolean,
  waits: boolean,
  context: FlightContext,
): Promise<Flight> {
  const watch = watchLock(slot.lockPath, patience, context.elapsedMs);
  const formerFailure = readFailureNote(slot.failurePath)?.token;
  const formerStamp = slot.stamp();
  const startedMs = context.elapsedMs();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, maxPauseMs)) {
    const attempt = watch.attempt();
    const failure = waits ? readFailureNote(slot.failurePath) : undefined;
    if (failure !== undefined && failure.token !== formerFailure) {
      // The pilot released the lock after it wrote the note; the note also applies to this process.
      if (attempt.kind === "held") attempt.lock.release();
      throw failure.error;
    }
    if (attempt.kind === "impossible") {
      context.debug(`cache: no lock: ${describeFault(attempt.error)}`);
      return { kind: "alone" };
    }
    if (attempt.kind === "held") return takeOff(slot, isGood, attempt.lock, context);
    if (!waits) return { kind: "leave" };
    if (context.elapsedMs() - startedMs > maxWaitMs) {
      context.debug(`cache: another process has been asking for ${maxWaitMs / 1000} s, asking too`);
      return { kind: "alone" };
    }
    await context.sleep(pauseMs * (0.5 + context.random()));
    const entry = slot.stamp() === formerStamp ? undefined : slot.read();
    if (entry !== undefined && isGood(entry)) return { kind: "landed", entry };
  }
}

function takeOff(
  slot: SessionSlot,
  isGood: (entry: Entry) => boolean,
  lock: HeldLock,
  { debug }: FlightContext,
): Flight {
  const entry = slot.read();
  if (entry !== undefined && isGood(entry)) {
    lock.release();
    return { kind: "landed", entry };
  }
  return {
    kind: "pilot",
    end(error) {
      try {
        // Before the release: the next process that gets the lock must see the note.
        if (error === undefined) removeFailureNote(slot.failurePath);
        else writeFailureNote(slot.failurePath, slot.unique, error);
      } catch (fault) {
        debug(`cache: failure not told to others: ${describeFault(fault)}`);
      }
      lock.release();
    },
  };
}
