import { createHmac } from "node:crypto";
import { describeSkew, parseAmzDate, parseAuthorization } from "../authorization.js";
import { rebuildCanonicalRequest, rebuildStringToSign, sha256Hex } from "./canonical-request.js";
import { header } from "./received-request.js";
import type { ReceivedRequest } from "./received-request.js";
import { Refusal } from "../refusal.js";
import { openSessionToken, secretFor } from "./session-token.js";
import type { Session } from "./session-token.js";

const skewToleranceMinutes = 15;
const invalidToken = "The security token included in the request is invalid.";

/**
 * Checks a request's SigV4 signature against credentials that this emulator issued.
 *
 * @returns The session whose credentials signed the request.
 * @throws Refusal
 */
export function verifySigV4(request: ReceivedRequest, now: Date, sealingKey: Buffer): Session {
  const authorization = parseAuthorization(request);
  if (authorization === undefined) {
    throw new Refusal(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
  }
  if (typeof authorization === "string") throw new Refusal(400, "IncompleteSignature", authorization);
  const { algorithm, keyId, scope, scopeDate, region, service, signedHeaders, signature } = authorization;
  if (algorithm !== "AWS4-HMAC-SHA256") {
    throw new Refusal(400, "IncompleteSignature", `Unsupported algorithm: ${algorithm}`);
  }
  const session = requireSession(request, keyId, now, sealingKey);
  const dateText = header(request, "x-amz-date");
  const date = parseAmzDate(dateText);
  if (dateText === undefined || date === undefined) {
    throw new Refusal(400, "IncompleteSignature", "Authorization header requires existence of an 'X-Amz-Date' header");
  }
  const skew = describeSkew(date, now, skewToleranceMinutes);
  if (skew !== undefined) throw mismatch(skew);
  if (!dateText.startsWith(scopeDate))
    throw mismatch("Date in Credential scope does not match YYYYMMDD from X-Amz-Date");
  if (service !== "sts") throw mismatch("Credential should be scoped to correct service: 'sts'.");
  const unsigned = ["host", "x-amz-date", "x-amz-security-token"].filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) throw mismatch(`These headers have to be signed: ${unsigned.join(", ")}`);
  const contentHash = header(request, "x-amz-content-sha256");
  if (contentHash !== undefined && contentHash !== sha256Hex(request.body)) {
    throw mismatch("The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  const canonicalRequest = rebuildCanonicalRequest(request, signedHeaders, "escaped");
  const text = rebuildStringToSign(algorithm, dateText, scope, canonicalRequest);
  const key = [scopeDate, region, service, "aws4_request"].reduce<Buffer | string>(
    (current, part) => createHmac("sha256", current).update(part).digest(),
    `AWS4${secretFor(keyId, sealingKey)}`,
  );
  if (createHmac("sha256", key).update(text).digest("hex") !== signature) {
    throw mismatch(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      `the canonical request as received was ${JSON.stringify(canonicalRequest)}`,
    );
  }
  return session;
}

function requireSession(request: ReceivedRequest, accessKeyId: string, now: Date, sealingKey: Buffer): Session {
  const token = header(request, "x-amz-security-token");
  if (token === undefined) {
    throw new Refusal(403, "InvalidClientTokenId", invalidToken, "the request carries no X-Amz-Security-Token");
  }
  const session = openSessionToken(token, sealingKey);
  if (session === undefined) {
    throw new Refusal(403, "InvalidClientTokenId", invalidToken, "this emulator did not issue the session token");
  }
  if (session.accessKeyId !== accessKeyId) {
    throw new Refusal(
      403,
      "InvalidClientTokenId",
      invalidToken,
      `the token belongs to another key than ${accessKeyId}`,
    );
  }
  if (session.expiresAtMs <= now.getTime()) {
    const since = new Date(session.expiresAtMs).toISOString();
    throw new Refusal(403, "ExpiredToken", "The security token included in the request is expired", `since ${since}`);
  }
  return session;
}

function mismatch(message: string, reason?: string): Refusal {
  return new Refusal(403, "SignatureDoesNotMatch", message, reason);
}
