import type { HttpResponse } from "../aws/http/exchange.js";
import { readRetryAfter } from "../aws/http/retry.js";
import { ServiceError, textsOf } from "../errors.js";
import { message } from "../message.js";
import type { Certificate } from "../identity/certificate/parsed.js";
import { hasPublicKey } from "../identity/certificate/public-key.js";
import { readPkcs7Certificates } from "../identity/pem/pkcs7.js";
import type { AuthorityContext, CallAuthority, RenewalAnswer, RenewalRequest } from "./authority.js";
import { base64Lines } from "./armor.js";
import { createCertificateRequest } from "./certificate-request.js";
import { refusalOf, unreadableAnswer } from "./refusal.js";

/** Wait time if the server sends no Retry-After. */
const defaultRetryMs = 60_000;

export type EstContext = Pick<AuthorityContext, "now" | "debug">;

/**
 * Renews by Enrollment over Secure Transport: `cacerts`, then `simplereenroll`.
 *
 * @throws ServiceError, NetworkError
 * @see RFC 7030 sections 4.1 and 4.2.2
 */
export async function renewByEst(
  request: RenewalRequest,
  call: CallAuthority,
  { now, debug }: EstContext,
): Promise<RenewalAnswer> {
  const authorities = await tryFetchAuthorities(call, debug);
  const { present, publicKey, privateKey } = request;
  const body = base64Lines(createCertificateRequest(present, publicKey, privateKey), "\r\n");
  const response = await call({
    method: "POST",
    path: "/simplereenroll",
    headers: [
      ["content-type", "application/pkcs10"],
      ["content-transfer-encoding", "base64"],
      ["accept", "application/pkcs7-mime"],
    ],
    body: `${body}\r\n`,
  });
  if (response.statusCode === 202) {
    return {
      kind: "pending",
      retryAfterMs: readRetryAfter((name) => response.headers[name], now()) ?? defaultRetryMs,
    };
  }
  const issued = certificatesOf("simplereenroll", response);
  const leaf = issued.find((certificate) => hasPublicKey(certificate, publicKey)) ?? issued[0];
  if (leaf === undefined) throw unreadableAnswer("est", "simplereenroll", response, "no certificate");
  return { kind: "issued", leaf, others: [...issued.filter((other) => other !== leaf), ...authorities] };
}

/** Tries to get the authority's certificates. Without them, the response's chain is used, which is checked anyway. */
async function tryFetchAuthorities(call: CallAuthority, debug: EstContext["debug"]): Promise<readonly Certificate[]> {
  try {
    return await fetchAuthorities(call);
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === "ERR_SERVICE_RESPONSE") throw error;
    debug(message`renewal: going on without the authority's certificates: ${textsOf(error).message}`);
    return [];
  }
}

/** Gets the authority's certificates for the chain: the response to a renewal may contain only the leaf. */
async function fetchAuthorities(call: CallAuthority): Promise<readonly Certificate[]> {
  const response = await call({
    method: "GET",
    path: "/cacerts",
    headers: [["accept", "application/pkcs7-mime"]],
    body: "",
  });
  return response.statusCode === 204 ? [] : certificatesOf("cacerts", response);
}

function certificatesOf(operation: string, response: HttpResponse): readonly Certificate[] {
  if (response.statusCode !== 200) throw refusalOf("est", operation, response);
  try {
    return readPkcs7Certificates({ bytes: Buffer.from(response.body.trim(), "latin1"), name: "the answer" });
  } catch {
    throw /^\s*</.test(response.body)
      ? refusalOf("est", operation, response)
      : unreadableAnswer("est", operation, response, "something that is not a base64 PKCS#7 bundle");
  }
}
