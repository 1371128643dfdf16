import { nonEmptyText, parseMembers, serviceWords } from "../../aws/http/service-fault.js";
import { requestIdOf } from "../../aws/issued-values.js";
import { ServiceError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";
import type { Answer } from "./connection.js";
import type { Operation } from "./operation.js";

/** An error response of DynamoDB. */
export interface Refusal {
  readonly kind: "throttled" | "transient" | "credentials" | "skewed" | "final";
  readonly statusCode: number;
  /** The service's error code, such as `ResourceNotFoundException`. */
  readonly serviceCode: string;
  readonly message: string;
  readonly requestId: string | undefined;
}

const kindsByCode: Readonly<Record<string, Refusal["kind"]>> = {
  ProvisionedThroughputExceededException: "throttled",
  ThrottlingException: "throttled",
  Throttling: "throttled",
  RequestLimitExceeded: "throttled",
  ThrottlingError: "throttled",
  SlowDown: "throttled",
  LimitExceededException: "throttled",
  InternalServerError: "transient",
  InternalFailure: "transient",
  ServiceUnavailable: "transient",
  ServiceUnavailableException: "transient",
  TransactionInProgressException: "transient",
  ExpiredTokenException: "credentials",
  ExpiredToken: "credentials",
  RequestExpired: "skewed",
};

/** Parses a response other than success. */
export function parseRefusal({ statusCode, headers }: Answer, body: Buffer): Refusal {
  const members = parseMembers(body.subarray(0, 65_536).toString("utf8"));
  const declared = headers["x-amzn-errortype"];
  const code = nonEmptyText(members["__type"]) ?? declared ?? "";
  const serviceCode = serviceWords(code.replace(/^.*#/, "").replace(/:.*$/, ""));
  const message = serviceWords(nonEmptyText(members["message"]) ?? nonEmptyText(members["Message"]) ?? "");
  return {
    kind:
      (Object.hasOwn(kindsByCode, serviceCode) ? kindsByCode[serviceCode] : undefined) ??
      (isSkew(serviceCode, message) ? "skewed" : kindOfStatus(statusCode)),
    statusCode,
    serviceCode: serviceCode === "" ? `HTTP ${statusCode}` : serviceCode,
    message: message.slice(0, 1000),
    requestId: requestIdOf(headers["x-amzn-requestid"]),
  };
}

function isSkew(serviceCode: string, said: string): boolean {
  if (serviceCode === "RequestTimeTooSkewed") return true;
  return (
    /^(InvalidSignatureException|SignatureDoesNotMatch)$/.test(serviceCode) && /expired|not yet current/i.test(said)
  );
}

function kindOfStatus(statusCode: number): Refusal["kind"] {
  if (statusCode === 429) return "throttled";
  return statusCode >= 500 || statusCode === 408 ? "transient" : "final";
}

/** What an error message names besides the service's own message. */
export interface RefusalPlace {
  readonly operation: Operation;
  /** `table "orders"`, `index "by-date" of table "orders"`. */
  readonly subject: string;
  readonly segment: string | undefined;
  readonly region: string;
}

/** Converts a refusal into an error that names the table, the segment and the remedy. */
export function refusalError(refusal: Refusal, place: RefusalPlace, extraHints: readonly Text[] = []): ServiceError {
  const { kind, statusCode, serviceCode, message, requestId } = refusal;
  const { operation, subject, segment, region } = place;
  const where = segment === undefined ? subject : `${subject}, ${segment}`;
  const words = message === "" ? "" : `: ${message.replace(/\.$/, "")}`;
  const denied = /^(AccessDenied|UnrecognizedClient|InvalidSignature|MissingAuthenticationToken|IncompleteSignature)/;
  const code = kind === "throttled" ? "ERR_THROTTLED" : denied.test(serviceCode) ? "ERR_ACCESS_DENIED" : "ERR_SERVICE";
  return new ServiceError(code, `DynamoDB refused ${operation} of ${where} in ${region} (${serviceCode})${words}`, {
    service: "dynamodb",
    operation,
    statusCode,
    serviceCode,
    requestId,
    hints: [...extraHints, ...hintsFor(refusal, place)],
  });
}

function hintsFor({ kind, serviceCode, message: said }: Refusal, { operation }: RefusalPlace): readonly Text[] {
  if (kind === "throttled") {
    return [
      message`lower ${setting("max-rcu")} or ${setting("segments")}, raise the table's read capacity, or scan at a quieter time`,
    ];
  }
  if (kind === "credentials")
    return ["the session expired and no newer credentials were found: refresh them and run again"];
  if (kind === "skewed") return ["set this machine's clock"];
  if (serviceCode.startsWith("AccessDenied")) {
    return [`allow dynamodb:${operation} on the table (and its index) to this role, and kms:Decrypt on its key`];
  }
  if (serviceCode.startsWith("UnrecognizedClient") || serviceCode.startsWith("InvalidSignature")) {
    return ["check the credentials: are they for this partition, and is the session still valid?"];
  }
  if (serviceCode === "ResourceNotFoundException")
    return [message`check the name, and the region with ${setting("region")}`];
  if (/consistent/i.test(said))
    return [message`leave out ${setting("consistent-read")}: a global secondary index cannot give it`];
  if (/does not match schema type|condition missed key/i.test(said)) {
    return [
      message`allow dynamodb:DescribeTable, so that ${setting("key")} is checked against the key schema; until then, a number without quotes is a number and all else is text`,
    ];
  }
  if (/non-primary key attributes/i.test(said))
    return [message`put conditions on the key into ${setting("key")}: a filter of a query takes other attributes only`];
  if (/reserved keyword|attribute name/i.test(said))
    return ["give the expression without # names: they are aliased for you"];
  return [];
}
