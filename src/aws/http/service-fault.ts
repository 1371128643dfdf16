import { oneLine } from "../../printable.js";
import { requestIdOf } from "../issued-values.js";
import type { HttpResponse } from "./exchange.js";

/** The contents of an AWS REST-JSON error response. */
export interface ServiceFault {
  readonly statusCode: number;
  readonly serviceCode: string;
  readonly message: string;
  readonly requestId: string | undefined;
  /** The wait that the body requests, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

const throttlingCodes =
  /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|LimitExceeded|BandwidthLimitExceeded|ProvisionedThroughputExceeded|PriorRequestNotComplete|EC2ThrottledException|TransactionInProgress)/;
const transientCodes =
  /^(RequestTimeout|InternalFailure|InternalServer|InternalError|ServiceUnavailable|IDPCommunicationError)/;

/** Parses code, message and request ID; the code from `x-amzn-errortype`, else from the body. */
export function parseServiceFault({ statusCode, headers, body }: HttpResponse): ServiceFault {
  const members = parseMembers(body);
  const code =
    headers["x-amzn-errortype"] ??
    nonEmptyText(members["__type"]) ??
    nonEmptyText(members["code"]) ??
    nonEmptyText(members["Code"]) ??
    "";
  return {
    statusCode,
    serviceCode: serviceWords((code.split(":", 1)[0] ?? "").replace(/^.*#/, "")),
    message: serviceWords(nonEmptyText(members["message"]) ?? nonEmptyText(members["Message"]) ?? ""),
    requestId: requestIdOf(headers["x-amzn-requestid"] ?? headers["x-amz-request-id"]),
    retryAfterMs: readSeconds(members["retryAfterSeconds"]),
  };
}

function readSeconds(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? value * 1000 : undefined;
}

/** Makes a service's text fit for a message: one line of limited length. */
export function serviceWords(text: string): string {
  return oneLine(text).slice(0, 2000);
}

export function isThrottling({ statusCode, serviceCode }: ServiceFault): boolean {
  return statusCode === 429 || throttlingCodes.test(serviceCode);
}

export function isTransient({ statusCode, serviceCode }: ServiceFault): boolean {
  return statusCode === 408 || statusCode >= 500 || transientCodes.test(serviceCode);
}

/** Returns the members of a JSON object, or none if the text is not one. */
export function parseMembers(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Returns a member if it is a non-empty text. */
export function nonEmptyText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
