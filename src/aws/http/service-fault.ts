import { oneLine } from "../../printable.js";
import { requestIdOf } from "../issued-values.js";
import type { HttpResponse } from "./exchange.js";

/** What an AWS REST-JSON error answer says. */
export interface ServiceFault {
  readonly statusCode: number;
  readonly serviceCode: string;
  readonly message: string;
  readonly requestId: string | undefined;
  /** How long the body asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

const throttlingCodes =
  /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|LimitExceeded|BandwidthLimitExceeded|ProvisionedThroughputExceeded|PriorRequestNotComplete|EC2ThrottledException|TransactionInProgress)/;
const transientCodes =
  /^(RequestTimeout|InternalFailure|InternalServer|InternalError|ServiceUnavailable|IDPCommunicationError)/;

/** Reads code, message and request id; the code from `x-amzn-errortype`, else from the body. */
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

/** What a service says, for a message: one line, of a length that somebody reads. */
export function serviceWords(text: string): string {
  return oneLine(text).slice(0, 2000);
}

export function isThrottling({ statusCode, serviceCode }: ServiceFault): boolean {
  return statusCode === 429 || throttlingCodes.test(serviceCode);
}

export function isTransient({ statusCode, serviceCode }: ServiceFault): boolean {
  return statusCode === 408 || statusCode >= 500 || transientCodes.test(serviceCode);
}

/** The members of a JSON object, or none if the text is not one. */
export function parseMembers(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A member that is a text with something in it. */
export function nonEmptyText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
