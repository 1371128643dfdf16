import { networkError } from "../../aws/http/network-error.js";
import type { FailureKind } from "../../aws/http/retry.js";
import { serviceWords } from "../../aws/http/service-fault.js";
import { requestIdOf } from "../../aws/issued-values.js";
import { NetworkError, RolesAnywhereError, ServiceError, textsOf, UsageError } from "../../errors.js";
import { message, onCommandLine, perSurface, setting } from "../../message.js";
import type { Text } from "../../message.js";

/** The common members of the SDK's errors; none is guaranteed. */
interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const kindsByCode: Readonly<Record<string, FailureKind>> = {
  SlowDown: "throttled",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  RequestLimitExceeded: "throttled",
  RequestTimeout: "transient",
  InternalError: "transient",
  ServiceUnavailable: "transient",
  OperationAborted: "transient",
  // The body was damaged on its way.
  BadDigest: "transient",
  XAmzContentChecksumMismatch: "transient",
  XAmzContentSHA256Mismatch: "transient",
  // The client corrects its clock from the response.
  RequestTimeTooSkewed: "skewed",
  // The credentials are fetched again before the request is retried.
  ExpiredToken: "credentials",
  ExpiredTokenException: "credentials",
  TokenRefreshRequired: "credentials",
};

export const serviceCodeOf = (error: unknown): string => (error as SdkError).name ?? "";
export const statusOf = (error: unknown): number => (error as SdkError | undefined)?.$metadata?.httpStatusCode ?? 0;

/** The source of credentials failed, after its own retries. */
export class CredentialsFailure extends Error {
  constructor(cause: unknown) {
    super("no credentials", { cause });
  }
}

/** Tells which failures a retry of the same request can fix. */
export function kindOfFailure(error: unknown): FailureKind {
  if (error instanceof CredentialsFailure) return "final";
  if (error instanceof NetworkError) {
    if (error.code === "ERR_TLS") return "final";
    return isUnreachable(error.cause) ? "unreachable" : "transient";
  }
  if (error instanceof RolesAnywhereError) return "final";
  const known = lookUp(kindsByCode, serviceCodeOf(error));
  if (known !== undefined) return known;
  const status = statusOf(error);
  if (status === 429) return "throttled";
  return status === 0 || status >= 500 ? "transient" : "final";
}

/** Tells whether nothing responds at all. Retrying seldom fixes that. */
function isUnreachable(cause: unknown): boolean {
  return ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"].includes(
    (cause as SdkError | undefined)?.code ?? "",
  );
}

/**
 * Explains an error of S3 or of the network.
 *
 * @param location The requested object: `s3://bucket/key`
 */
export function explainS3Error(error: unknown, operation: string, location: string): Error {
  if (error instanceof CredentialsFailure) return explainCredentials(error.cause);
  if (error instanceof NetworkError) return cannotReach(operation, location, error);
  if (error instanceof RolesAnywhereError) return error;
  const { name = "", message: said = String(error), $metadata } = error as SdkError;
  const statusCode = $metadata?.httpStatusCode;
  if (statusCode === undefined) return cannotReach(operation, location, networkError(error, undefined, undefined));
  const serviceCode = serviceWords(name);
  const known = lookUp(explanations, serviceCode) ?? lookUp(explanations, String(statusCode));
  const requestId = requestIdOf($metadata?.requestId);
  const details = {
    cause: error,
    service: "s3",
    operation,
    statusCode,
    serviceCode,
    requestId,
    hints: known?.hints(operation) ?? ["run it again; when it stays, show the request id to AWS support"],
  };
  const request = requestId === undefined ? "" : `, request id ${requestId}`;
  const text = known?.text ?? serviceWords(said).replace(/\.$/, "");
  return new ServiceError(
    known?.code ?? "ERR_SERVICE",
    `cannot ${verbOf(operation)} ${location}: ${text} (${serviceCode}${request})`,
    details,
  );
}

function explainCredentials(error: unknown): Error {
  if (error instanceof RolesAnywhereError) return error;
  const { message: said = String(error) } = error as SdkError;
  return new UsageError("ERR_CONFIG_FILE", "no AWS credentials were found", {
    cause: error,
    hints: [
      onCommandLine("give --profile, or --certificate and --private-key with the three ARNs"),
      said.split("\n", 1)[0] ?? "",
    ],
  });
}

/** Looks up own properties only: codes come from the service and may be `constructor`. */
function lookUp<T>(table: Readonly<Record<string, T>>, code: string): T | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

const reading = new Set(["GetObject", "ListObjectsV2"]);
const verbOf = (operation: string) => (reading.has(operation) ? "read" : "write");

function cannotReach(operation: string, location: string, fault: RolesAnywhereError): Error {
  if (!(fault instanceof NetworkError)) return fault;
  return new NetworkError(fault.code, message`cannot ${verbOf(operation)} ${location}: ${textsOf(fault).message}`, {
    cause: fault.cause,
    hints: [
      ...textsOf(fault).hints,
      message`check the region and the endpoint (${setting("endpoint-url")}, AWS_ENDPOINT_URL_S3)`,
    ],
  });
}

/** Creates the error for a response with another version than requested. */
export function objectChanged(location: string): ServiceError {
  return new ServiceError(changed.code, `cannot read ${location}: ${changed.text}`, {
    service: "s3",
    operation: "GetObject",
    statusCode: 412,
    serviceCode: "PreconditionFailed",
    hints: changed.hints("GetObject"),
  });
}

interface Explanation {
  readonly code: "ERR_ACCESS_DENIED" | "ERR_SERVICE" | "ERR_THROTTLED";
  readonly text: string;
  readonly hints: (operation: string) => readonly Text[];
}

function permissionOf(operation: string): string {
  switch (operation) {
    case "ListObjectsV2":
      return "s3:ListBucket on the bucket";
    case "GetObject":
      return "s3:GetObject on the key, and s3:ListBucket to tell a missing key from a forbidden one";
    case "HeadObject":
      return "s3:GetObject on the key";
    case "AbortMultipartUpload":
      return "s3:AbortMultipartUpload on the key";
    default:
      return "s3:PutObject on the key";
  }
}

const denied: Explanation = {
  code: "ERR_ACCESS_DENIED",
  text: "access denied",
  hints: (operation) => [
    `the role needs ${permissionOf(operation)}`,
    verbOf(operation) === "read"
      ? "an object encrypted with a KMS key needs kms:Decrypt on that key too"
      : "a bucket that encrypts with a KMS key needs kms:GenerateDataKey and kms:Decrypt on that key too",
  ],
};
const changed: Explanation = {
  code: "ERR_SERVICE",
  text: "the object changed while it was read",
  hints: () => ["wait until the writer is done, then run it again"],
};
const stale: Explanation = {
  code: "ERR_ACCESS_DENIED",
  text: "the credentials have expired",
  hints: () => [
    perSurface({
      commandLine: "give --certificate or a profile whose credentials can be renewed, then run it again",
      library: "give a provider in place of credentials, such as that of fromRolesAnywhere, which is asked again",
    }),
  ],
};
const slow: Explanation = {
  code: "ERR_THROTTLED",
  text: "S3 asks to slow down and did not stop asking",
  hints: () => ["run it again later"],
};
const missing: Explanation = {
  code: "ERR_SERVICE",
  text: "the object does not exist",
  hints: () => [message`check ${setting("key")}; keys are case-sensitive and begin without a slash`],
};
const explanations: Readonly<Record<string, Explanation>> = {
  AccessDenied: denied,
  "403": denied,
  NoSuchKey: missing,
  "404": missing,
  NoSuchBucket: {
    code: "ERR_SERVICE",
    text: "the bucket does not exist",
    hints: (operation) => [
      verbOf(operation) === "read"
        ? message`check ${setting("bucket")} and the account of the role`
        : message`check the bucket in ${setting("output")} and the account of the role`,
    ],
  },
  NoSuchUpload: {
    code: "ERR_SERVICE",
    text: "the multipart upload is gone",
    hints: () => ["somebody else ended it, or a lifecycle rule with AbortIncompleteMultipartUpload; run it again"],
  },
  InvalidPart: {
    code: "ERR_SERVICE",
    text: "S3 does not have a part as it was sent",
    hints: () => ["nothing was written; run it again"],
  },
  EntityTooLarge: {
    code: "ERR_SERVICE",
    text: "the object is larger than S3 allows",
    hints: () => [message`write several objects, such as one for each slice with ${setting("shard", "I/N")}`],
  },
  PreconditionFailed: changed,
  "412": changed,
  ExpiredToken: stale,
  ExpiredTokenException: stale,
  SlowDown: slow,
  "503": slow,
  InvalidObjectState: {
    code: "ERR_SERVICE",
    text: "the object is archived in Glacier",
    hints: () => ['restore it first: "aws s3api restore-object"'],
  },
  SignatureDoesNotMatch: {
    code: "ERR_ACCESS_DENIED",
    text: "the signature does not match the secret key",
    hints: () => ["check the secret access key of the profile or the environment"],
  },
  InvalidAccessKeyId: {
    code: "ERR_ACCESS_DENIED",
    text: "S3 does not know the access key",
    hints: () => ["check the profile, and the endpoint the credentials belong to"],
  },
  PermanentRedirect: {
    code: "ERR_SERVICE",
    text: "the bucket is in another region",
    hints: () => [message`give ${setting("region")} with the bucket's own region`],
  },
};
