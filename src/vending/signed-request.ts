import type { Endpoint } from "../aws/endpoint.js";
import type { HttpRequest } from "../aws/http/exchange.js";
import type { HeaderFields } from "../aws/http/header-fields.js";
import type { PathSigning, WireRequest } from "../signing/canonical-request.js";
import { signWithHeaders } from "../signing/sign-headers.js";
import type { SignedRequest } from "../signing/sign-headers.js";
import type { SignatureScheme } from "../signing/scheme.js";
import { sha256Hex } from "../signing/string-to-sign.js";

/** A request whose body is in memory. */
export interface UnsignedRequest extends WireRequest {
  readonly body: string;
}

export interface RequestSigning {
  readonly scheme: SignatureScheme;
  readonly endpoint: Endpoint;
  readonly pathSigning: PathSigning;
  /** Fields that no signature covers; the body's length follows them. */
  readonly unsignedHeaders: HeaderFields;
  readonly onSigned?: (signed: SignedRequest) => void;
}

/** Creates a function that signs the request anew for each attempt. */
export function createSignedRequest(
  { body, ...unsigned }: UnsignedRequest,
  { scheme, endpoint, pathSigning, unsignedHeaders, onSigned }: RequestSigning,
): (now: Date) => Promise<HttpRequest> {
  const payloadHash = sha256Hex(body);
  const { protocol, hostname, port } = endpoint;
  return async (now) => {
    const signed = await signWithHeaders(unsigned, {
      scheme,
      now,
      payloadHash,
      pathSigning,
      sendPayloadHash: false,
      tokenUnsigned: false,
    });
    onSigned?.(signed);
    return {
      protocol,
      hostname,
      port,
      method: signed.method,
      target: signed.target,
      headers: [...signed.headers, ...unsignedHeaders, ["content-length", String(Buffer.byteLength(body))]],
      body,
    };
  };
}
