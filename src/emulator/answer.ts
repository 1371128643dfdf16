import { createSession } from "./create-session.js";
import type { Setting } from "./create-session.js";
import type { Disturbances } from "./faults/inject.js";
import { header } from "./signature/received-request.js";
import type { ReceivedRequest } from "./signature/received-request.js";
import { Refusal } from "./refusal.js";
import { answerSts, formatStsError, formatStsResult } from "./sts/actions.js";
import { readQueryParameters } from "./sts/query-parameters.js";

/** The response, and its reason for the log. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly verdict: "accepted" | "refused";
  /** The service's error code, for a refusal. */
  readonly code?: string;
  readonly reason?: string;
}

/** The operation of a request: `CreateSession`, an STS action, or undefined if it has none. */
export function operationOf(request: ReceivedRequest): string | undefined {
  if (request.method === "POST" && request.path === "/sessions") return "CreateSession";
  return readQueryParameters(request).get("Action");
}

/** Answers a request as IAM Roles Anywhere or STS would; never throws because of a client's request. */
export async function answerRequest(
  request: ReceivedRequest,
  operation: string | undefined,
  setting: Setting,
  disturbances: Disturbances,
  requestId: string,
): Promise<Answer> {
  const query = operation !== "CreateSession" && (operation !== undefined || isForm(request));
  try {
    if (operation === undefined) {
      throw new Refusal(
        404,
        "UnknownOperationException",
        "Not Found",
        `nothing answers ${request.method} ${request.path}`,
      );
    }
    const { error } = disturbances;
    if (error !== undefined) {
      throw new Refusal(error.statusCode, error.code, error.message ?? error.code, "a fault was asked for");
    }
    return disturb(await accept(request, operation, setting, disturbances, requestId), disturbances);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : internalFailure(error);
    const retry = disturbances.error?.retryAfterSeconds;
    if (!query && refusal.statusCode === 503) return refuseRest(refusal, requestId, retry);
    const answer = query ? refuseSts(refusal, requestId) : refuseRest(refusal, requestId);
    return retry === undefined ? answer : { ...answer, headers: { ...answer.headers, "Retry-After": String(retry) } };
  }
}

async function accept(
  request: ReceivedRequest,
  operation: string,
  setting: Setting,
  disturbances: Disturbances,
  requestId: string,
): Promise<Answer> {
  if (operation === "CreateSession") {
    const members = await createSession(request, setting);
    const { omit } = disturbances;
    const body = JSON.stringify(omit === undefined ? members : omitMember(members, omit.member.split(".")));
    return {
      statusCode: 201,
      headers: { "Content-Type": "application/json", "x-amzn-RequestId": requestId },
      body,
      verdict: "accepted",
    };
  }
  const result = answerSts(request, readQueryParameters(request), setting);
  return {
    statusCode: 200,
    headers: { "Content-Type": "text/xml", "x-amzn-RequestId": requestId },
    body: formatStsResult(operation, result, requestId),
    verdict: "accepted",
  };
}

function disturb(answer: Answer, { status, body }: Disturbances): Answer {
  return {
    ...answer,
    ...(status === undefined ? {} : { statusCode: status.statusCode }),
    ...(body === undefined ? {} : { body: body.text }),
  };
}

function omitMember(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === name ? omitMember(item, rest) : item));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
      if (key !== name) return [[key, member]];
      return rest.length === 0 ? [] : [[key, omitMember(member, rest)]];
    }),
  );
}

/** @param retryAfterSeconds A member of the body in ServiceUnavailableException. */
function refuseRest(refusal: Refusal, requestId: string, retryAfterSeconds?: number): Answer {
  return {
    ...describe(refusal),
    headers: {
      "Content-Type": "application/json",
      "x-amzn-RequestId": requestId,
      "x-amzn-ErrorType": refusal.code,
    },
    body: JSON.stringify({ message: refusal.message, retryAfterSeconds }),
  };
}

function refuseSts(refusal: Refusal, requestId: string): Answer {
  return {
    ...describe(refusal),
    headers: { "Content-Type": "text/xml", "x-amzn-RequestId": requestId },
    body: formatStsError(refusal, requestId),
  };
}

function describe({ statusCode, code, reason }: Refusal) {
  return { statusCode, verdict: "refused", code, reason } as const;
}

function isForm(request: ReceivedRequest): boolean {
  return header(request, "content-type")?.startsWith("application/x-www-form-urlencoded") === true;
}

function internalFailure(error: unknown): Refusal {
  return new Refusal(500, "InternalFailure", "Internal failure", `a fault of the emulator: ${String(error)}`);
}
