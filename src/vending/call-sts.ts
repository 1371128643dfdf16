import { setTimeout as sleep } from "node:timers/promises";
import { findClockSkew, readRetryAfter, rethrow, retry, retryPolicies } from "../aws/http/retry.js";
import type { Failure } from "../aws/http/retry.js";
import { isThrottling, isTransient } from "../aws/http/service-fault.js";
import { NetworkError } from "../errors.js";
import type { StsConnection } from "./sts-connection.js";
import { monotonicMs } from "../aws/monotonic.js";

/** The common members of the SDK's errors; none is guaranteed. */
interface SdkFault {
  readonly name?: string;
  /** STS's error code; `name` is the SDK's class, which spells some codes differently. */
  readonly Code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/**
 * Calls STS, with the retry policy of sessions.
 *
 * @throws NetworkError, or the SDK's error
 */
export function callSts<T>(
  { overallMs, debug, signal }: Pick<StsConnection, "overallMs" | "debug" | "signal">,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const overall = AbortSignal.timeout(Math.ceil(overallMs));
  const ended = signal === undefined ? overall : AbortSignal.any([overall, signal]);
  return retry<T>(
    retryPolicies.session,
    async () => {
      try {
        return { value: await send(ended) };
      } catch (error) {
        return {
          failure: ended.aborted ? { kind: "final" } : readFailure(error),
          giveUp: rethrow(error),
        };
      }
    },
    {
      now: monotonicMs,
      random: Math.random,
      sleep: (ms) => sleep(ms, undefined, { signal: ended }),
      deadlineMs: monotonicMs() + overallMs,
      onRetry: (delayMs, { kind }) => debug(`STS: ${kind}, trying again in ${Math.round(delayMs)} ms`),
    },
  );
}

function readFailure(error: unknown): Failure {
  if (error instanceof NetworkError) return { kind: error.code === "ERR_TLS" ? "final" : "unreachable" };
  const { name = "", Code: serviceCode = name, $metadata, $response } = error as SdkFault;
  const statusCode = $metadata?.httpStatusCode;
  if (statusCode === undefined) return { kind: "final" };
  const headers = $response?.headers ?? {};
  // The client has corrected its clock from the response.
  if (statusCode < 500 && findClockSkew(headers["date"], new Date()) !== undefined) return { kind: "skewed" };
  const fault = { statusCode, serviceCode, message: "", requestId: undefined };
  const retryAfterMs = readRetryAfter((header) => headers[header], new Date());
  if (isThrottling(fault)) return { kind: "throttled", retryAfterMs };
  return isTransient(fault) ? { kind: "transient", retryAfterMs } : { kind: "final" };
}
