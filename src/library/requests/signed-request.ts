import { UsageError } from "../../errors.js";
import { refuseExpired } from "../../aws/credentials-expiry.js";
import { findHeader, joinHeaders, withoutHeaders } from "../../aws/http/header-fields.js";
import { isToken } from "../../request/header-option.js";
import { prepareSigned, prepareUrl } from "../../request/outgoing.js";
import type { Outgoing, Signing } from "../../request/outgoing.js";
import { resolveSigningScope } from "../../request/signing-scope.js";
import { formatRequestUrl, parseRequestUrl } from "../../request/target.js";
import type { HeaderFields } from "../../aws/http/header-fields.js";
import { inOptionWords } from "../option-words.js";
import { requestNames, signRequestOptionNames } from "../option-names.js";
import { refuseKeys, refuseUnknown } from "../refuse-options.js";
import { readSignableBody } from "./signable-body.js";
import type { SignableRequest, SignedRequest, SignRequestOptions } from "./options.js";

/** Implements `signRequest`; loaded at the first call. */
export async function createSignedRequest(
  request: SignableRequest,
  options: SignRequestOptions,
): Promise<SignedRequest> {
  if (typeof request !== "object" || request === null || typeof options !== "object" || options === null) {
    throw new UsageError("ERR_ARGUMENT", "expected a request and options, each an object", {
      hints: ["call signRequest({ url }, { credentials })"],
    });
  }
  refuseKeys({ ...options, ...request });
  refuseUnknown(request, requestNames);
  refuseUnknown(options, signRequestOptionNames);
  try {
    return await sign(request, options);
  } catch (error) {
    throw inOptionWords(error);
  }
}

async function sign(request: SignableRequest, options: SignRequestOptions): Promise<SignedRequest> {
  const target = parseRequestUrl(readUrl(request.url));
  const { signed, sent: body, contentType } = await readSignableBody(request.body, options.unsignedPayload === true);
  const given = withoutHeaders(listHeaders(request.headers), ["authorization"]);
  const implied: HeaderFields =
    contentType === undefined || findHeader(given, "content-type") !== undefined ? [] : [["content-type", contentType]];
  const outgoing: Outgoing = {
    method: readMethod(request.method),
    target,
    headers: [...implied, ...given],
    unsignedHeaders: [],
    body: signed,
  };
  const { credentials, date: now = new Date() } = options;
  const current = typeof credentials === "function" ? await credentials() : credentials;
  refuseKeys({ credentials: current });
  const signing: Signing = {
    credentials: refuseExpired(current, "credentials", now),
    scope: resolveSigningScope(
      target,
      {
        service: options.service,
        region: options.region,
        regionSet: options.regionSet,
        fallbackRegion: undefined,
      },
      outgoing.headers,
    ),
    now,
    pathSigning: options.pathSigning,
    unsignedPayload: options.unsignedPayload,
  };
  if (options.presignSeconds !== undefined) {
    const {
      url: signedUrl,
      canonicalRequest,
      stringToSign,
    } = await prepareUrl(outgoing, signing, options.presignSeconds);
    const headers = joinHeaders(outgoing.headers);
    return { method: outgoing.method, url: signedUrl, headers, body, canonicalRequest, stringToSign };
  }
  const prepared = await prepareSigned(outgoing, signing);
  return {
    method: outgoing.method,
    url: formatRequestUrl(target),
    headers: joinHeaders(prepared.headers),
    body,
    canonicalRequest: prepared.signature?.canonicalRequest ?? "",
    stringToSign: prepared.signature?.stringToSign ?? "",
  };
}

/** @throws UsageError `ERR_ARGUMENT` */
function readUrl(url: unknown): string {
  if (typeof url === "string") return url;
  if (url instanceof URL) return url.href;
  throw new UsageError("ERR_ARGUMENT", "the URL is neither text nor a URL", {
    hints: ['give url: "https://abc123.execute-api.us-east-1.amazonaws.com/prod/items", for example'],
  });
}

/** @throws UsageError `ERR_ARGUMENT` */
function readMethod(method: unknown = "GET"): string {
  if (typeof method === "string" && isToken(method)) return method.toUpperCase();
  throw new UsageError("ERR_ARGUMENT", "the method is not one that HTTP allows", {
    hints: ['give "GET" or "POST", for example'],
  });
}

/** @throws UsageError `ERR_ARGUMENT` for headers that RFC 9110 §5 forbids; values may be secret and are not shown */
function listHeaders(headers: unknown = {}): HeaderFields {
  if (typeof headers !== "object" || headers === null) throw refuseHeader("headers are not an object or pairs");
  const fields: readonly unknown[] =
    Symbol.iterator in headers ? [...(headers as Iterable<unknown>)] : Object.entries(headers);
  return fields.map((field) => {
    const [name, value] = Array.isArray(field) ? (field as readonly unknown[]) : [];
    if (typeof name !== "string" || !isToken(name)) {
      throw refuseHeader("the name of a header is not one that HTTP allows (not shown)");
    }
    if (typeof value !== "string" || /[\r\n\0]/.test(value)) {
      throw refuseHeader(`the value of header ${name.slice(0, 64)} is not one line of text (not shown)`);
    }
    return [name, value] as const;
  });
}

function refuseHeader(said: string): UsageError {
  return new UsageError("ERR_ARGUMENT", said, {
    hints: ['give names and values in one line each, such as { "content-type": "application/json" }'],
  });
}
