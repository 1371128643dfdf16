import type { SessionCredentials } from "../../aws/credentials.js";
import { RolesAnywhereError } from "../../errors.js";
import { formatErrorDocument } from "./documents.js";

/** An HTTP response as a value. */
export interface Answer {
  readonly status: number;
  readonly contentType: "application/json" | "text/plain";
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A value, or a promise of it. Most responses are ready at once, and a promise for each would cost more than they do. */
export type MaybeLater<T> = T | Promise<T>;

export function andThen<T, U>(value: MaybeLater<T>, next: (value: T) => U): MaybeLater<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** A session as this server needs it, such as `FreshSession`. */
export interface ServedSession {
  /** Throws the reason if there is no valid session. */
  get(): Promise<SessionCredentials>;
  current(): SessionSnapshot | undefined;
  /** Starts a refresh in the background when one is due. */
  refreshIfDue(): void;
}

export interface SessionSnapshot {
  readonly credentials: SessionCredentials;
  readonly obtainedAtMs: number;
}

/** Some SDKs give up after one second. */
const maxWaitMs = 700;

export function text(status: number, body: string, headers?: Readonly<Record<string, string>>): Answer {
  return { status, contentType: "text/plain", body, ...(headers === undefined ? {} : { headers }) };
}

export function json(status: number, body: string): Answer {
  return { status, contentType: "application/json", body };
}

export function failure(status: number, code: string, message: string): Answer {
  return json(status, formatErrorDocument(code, message));
}

/**
 * Responds at once with a session from memory. Only if none is valid, waits briefly for the pending refresh. A failure
 * becomes 503 with the reason, never a success without credentials.
 */
export function answerWithSession(
  session: ServedSession,
  render: (snapshot: SessionSnapshot) => Answer,
): MaybeLater<Answer> {
  const held = session.current();
  if (held === undefined) return answerWithNext(session, render);
  session.refreshIfDue();
  return render(held);
}

async function answerWithNext(session: ServedSession, render: (snapshot: SessionSnapshot) => Answer): Promise<Answer> {
  const refusal = await settleWithin(session.get(), maxWaitMs);
  if (refusal !== undefined) return { ...refusal, headers: { "Retry-After": "1" } };
  const snapshot = session.current();
  return snapshot === undefined ? unavailable("ERR_SERVICE", "the session has expired") : render(snapshot);
}

async function settleWithin(pending: Promise<unknown>, limitMs: number): Promise<Answer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(
      resolve,
      limitMs,
      unavailable("ERR_TIMEOUT", "no valid session yet: the first one is still being requested"),
    );
  });
  try {
    return await Promise.race([pending.then(() => undefined), late]);
  } catch (error) {
    return error instanceof RolesAnywhereError
      ? unavailable(error.code, error.message)
      : unavailable("ERR_INTERNAL", "no session: unexpected fault");
  } finally {
    clearTimeout(timer);
  }
}

function unavailable(code: string, message: string): Answer {
  return failure(503, code, message);
}
