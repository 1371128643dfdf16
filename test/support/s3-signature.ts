import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Returns the secret for an access key and session token, or the reason for refusal. */
export type SecretLookup = (
  accessKeyId: string,
  token: string | undefined,
) => { readonly secret: string } | { readonly refusal: "InvalidAccessKeyId" | "ExpiredToken" | "InvalidToken" };

/** An error of S3. */
export class S3Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Answers as S3 answers an error. */
export function refuse(response: ServerResponse, { status, code, message }: S3Refusal): void {
  response.writeHead(status, { "content-type": "application/xml", "x-amz-request-id": "REQUESTID" });
  response.end(errorText(code, message));
}

export const errorText = (code: string, message: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;

export const escapeXml = (text: string): string =>
  text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * Checks the signature in the header `Authorization`, its date, and that every header of AWS is signed.
 *
 * @throws S3Refusal
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function verifySignature(message: IncomingMessage, path: string, query: string, secretOf: SecretLookup): void {
  const { authorization = "" } = message.headers;
  const [, accessKeyId = "", scope = "", signedHeaders = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  if (signature === "") throw new S3Refusal(403, "AccessDenied", "Access Denied");
  const token = message.headers["x-amz-security-token"] as string | undefined;
  const found = secretOf(accessKeyId, token);
  if ("refusal" in found)
    throw new S3Refusal(found.refusal === "InvalidAccessKeyId" ? 403 : 400, found.refusal, "refused");
  const names = signedHeaders.split(";");
  for (const name of Object.keys(message.headers)) {
    if ((name.startsWith("x-amz-") || name === "host") && !names.includes(name)) {
      throw new S3Refusal(
        403,
        "AccessDenied",
        `There were headers present in the request which were not signed: ${name}`,
      );
    }
  }
  const date = String(message.headers["x-amz-date"]);
  const parsed = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5"));
  if (!(Math.abs(parsed - Date.now()) < 15 * 60_000)) {
    throw new S3Refusal(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the current time is too large.",
    );
  }
  const canonical = [
    message.method,
    path,
    canonicalQuery(query),
    ...names.map((name) => `${name}:${String(message.headers[name]).trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders,
    message.headers["x-amz-content-sha256"],
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
  const signingKey = scope.split("/").reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${found.secret}`);
  if (!timingSafeEqual(hmac(signingKey, text), Buffer.from(signature, "hex"))) {
    throw new S3Refusal(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  }
}

/** A parameter without a value, such as `uploads`, is signed with an equals sign. */
function canonicalQuery(query: string): string {
  if (query === "") return "";
  return query
    .split("&")
    .map((parameter) => (parameter.includes("=") ? parameter : `${parameter}=`))
    .sort()
    .join("&");
}
