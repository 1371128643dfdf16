import { NetworkError, RolesAnywhereError, ServiceError, UsageError } from "../../errors.js";

/** What the SDK's errors have in common; nothing of it is certain. */
interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const transientCodes = new Set([
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "RequestLimitExceeded",
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "InternalError",
  "ServiceUnavailable",
  "OperationAborted",
]);

/** The credentials are asked for again before such a request is repeated. */
export const staleCredentialCodes: ReadonlySet<string> = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "TokenRefreshRequired",
]);

export const serviceCodeOf = (error: unknown): string => (error as SdkError).name ?? "";
export const statusOf = (error: unknown): number => (error as SdkError).$metadata?.httpStatusCode ?? 0;

/** Whether the same request may succeed when it is sent again. */
export function isTransient(error: unknown): boolean {
  if (error instanceof RolesAnywhereError) return false;
  const status = statusOf(error);
  if (status === 0) {
    const { code = "" } = error as SdkError;
    return serviceCodeOf(error) !== "CredentialsProviderError" && !tlsFault.test(code);
  }
  return status >= 500 || status === 429 || transientCodes.has(serviceCodeOf(error));
}

const tlsFault = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|ERR_TLS_|ERR_SSL_|EPROTO)/;

/** Whether nothing answers at all, which more patience seldom changes. */
export function isUnreachable(error: unknown): boolean {
  return ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"].includes((error as SdkError).code ?? "");
}

const networkFaults: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was dropped",
  EPIPE: "the connection was dropped",
  ENOTFOUND: "the name cannot be resolved",
  EAI_AGAIN: "the name server does not answer",
  TimeoutError: "no answer in time",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
};

/**
 * Says in words what S3 or the network answered.
 *
 * @param location What was asked for: `s3://bucket/key`
 */
export function explainS3Error(error: unknown, operation: string, location: string): Error {
  if (error instanceof RolesAnywhereError) return error;
  const { name = "", code = "", message = String(error), $metadata } = error as SdkError;
  if (name === "CredentialsProviderError") {
    return new UsageError("ERR_CONFIG_FILE", "no AWS credentials were found", {
      cause: error,
      hints: [
        "give --profile, or --certificate and --private-key with the three ARNs",
        message.split("\n", 1)[0] ?? "",
      ],
    });
  }
  const statusCode = $metadata?.httpStatusCode;
  if (statusCode === undefined) {
    const text = networkFaults[code] ?? networkFaults[name] ?? message.split("\n", 1)[0];
    const kind = name === "TimeoutError" ? "ERR_TIMEOUT" : tlsFault.test(code) ? "ERR_TLS" : "ERR_CONNECTION";
    return new NetworkError(kind, `cannot read ${location}: ${text}`, {
      cause: error,
      hints: ["check the network, the region and the endpoint (--endpoint-url, AWS_ENDPOINT_URL_S3)"],
    });
  }
  const known = explanations[name] ?? explanations[String(statusCode)];
  const details = {
    cause: error,
    service: "s3",
    operation,
    statusCode,
    serviceCode: name,
    requestId: $metadata?.requestId,
    hints: known?.hints(operation) ?? ["run it again; when it stays, show the request id to AWS support"],
  };
  const request = $metadata?.requestId === undefined ? "" : `, request id ${$metadata.requestId}`;
  const text = known?.text ?? message.replace(/\.$/, "");
  return new ServiceError(
    known?.code ?? "ERR_SERVICE",
    `cannot read ${location}: ${text} (${name}${request})`,
    details,
  );
}

/** The answer is of another version than the one that was asked for. */
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
  readonly hints: (operation: string) => readonly string[];
}

const permission = (operation: string) =>
  operation === "ListObjectsV2" ? "s3:ListBucket on the bucket" : "s3:GetObject on the key";
const denied: Explanation = {
  code: "ERR_ACCESS_DENIED",
  text: "access denied",
  hints: (operation) => [
    `the role needs ${permission(operation)}${operation === "GetObject" ? ", and s3:ListBucket to tell a missing key from a forbidden one" : ""}`,
    "an object encrypted with a KMS key needs kms:Decrypt on that key too",
  ],
};
const changed: Explanation = {
  code: "ERR_SERVICE",
  text: "the object changed while it was read",
  hints: () => ["wait until whoever writes it is done, then run it again"],
};
const stale: Explanation = {
  code: "ERR_ACCESS_DENIED",
  text: "the credentials have expired",
  hints: () => ["give --certificate or a profile whose credentials can be renewed, then run it again"],
};
const slow: Explanation = {
  code: "ERR_THROTTLED",
  text: "S3 asks to slow down and did not stop asking",
  hints: () => ["run it again later"],
};
const missing: Explanation = {
  code: "ERR_SERVICE",
  text: "there is no such object",
  hints: () => ["check --key; keys are case-sensitive and begin without a slash"],
};
const explanations: Readonly<Record<string, Explanation>> = {
  AccessDenied: denied,
  "403": denied,
  NoSuchKey: missing,
  "404": missing,
  NoSuchBucket: {
    code: "ERR_SERVICE",
    text: "there is no such bucket",
    hints: () => ["check --bucket and the account of the role"],
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
    hints: () => ["give --region with the bucket's own region"],
  },
};
