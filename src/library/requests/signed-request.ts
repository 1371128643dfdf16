import { UsageError } from "../../errors.js";
import { refuseExpired } from "../../aws/credentials-expiry.js";
import { createBytesBody } from "../../request/body.js";
import { joinHeaders, withoutHeaders } from "../../aws/http/header-fields.js";
import { prepareSigned, prepareUrl } from "../../request/outgoing.js";
import type { Outgoing, Signing } from "../../request/outgoing.js";
import { resolveSigningScope } from "../../request/signing-scope.js";
import { formatRequestUrl, parseRequestUrl } from "../../request/target.js";
import type { HeaderFields } from "../../aws/http/header-fields.js";
import { inOptionWords } from "../option-words.js";
import { requestNames, signRequestOptionNames } from "../option-names.js";
import { refuseKeys, refuseUnknown } from "../refuse-options.js";
import type { SignableRequest, SignedRequest, SignRequestOptions } from "./options.js";

/** The work of `signRequest`; in a file of its own, loaded at the first call. */
export async function createSignedRequest(
  request: SignableRequest,
  options: SignRequestOptions,
): Promise<SignedRequest> {
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
  const { method = "GET", url, body } = request;
  const target = parseRequestUrl(typeof url === "string" ? url : url.href);
  const outgoing: Outgoing = {
    method: method.toUpperCase(),
    target,
    headers: withoutHeaders(listHeaders(request.headers), ["authorization"]),
    unsignedHeaders: [],
    body: body === undefined ? undefined : createBytesBody(typeof body === "string" ? Buffer.from(body) : body),
  };
  const { credentials, date: now = new Date() } = options;
  const given = typeof credentials === "function" ? await credentials() : credentials;
  refuseKeys({ credentials: given });
  const signing: Signing = {
    credentials: refuseExpired(given, "credentials", now),
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

/** @throws UsageError `ERR_ARGUMENT` for what RFC 9110 §5 allows in no field; values are not shown, they may be secret */
function listHeaders(headers: unknown = {}): HeaderFields {
  if (typeof headers !== "object" || headers === null) throw refuseHeader("headers are not an object or pairs");
  const fields: readonly unknown[] =
    Symbol.iterator in headers ? [...(headers as Iterable<unknown>)] : Object.entries(headers);
  return fields.map((field) => {
    const [name, value] = Array.isArray(field) ? (field as readonly unknown[]) : [];
    if (typeof name !== "string" || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
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
