import type { KeyObject } from "node:crypto";
import { formatEndpoint, parseEndpoint } from "../aws/endpoint.js";
import type { Endpoint } from "../aws/endpoint.js";
import { isUnknownIssuer, readAlert } from "../aws/http/certificate-fault.js";
import { defaultTimeouts } from "../aws/http/exchange.js";
import type { HttpRequest, HttpResponse } from "../aws/http/exchange.js";
import { sendWithRetry } from "../aws/http/send-with-retry.js";
import type { SendContext } from "../aws/http/send-with-retry.js";
import { createSender } from "../aws/http/send.js";
import type { ClientCertificate } from "../aws/http/trust.js";
import { NetworkError, RolesAnywhereError, ServiceError, UsageError, textsOf } from "../errors.js";
import { message, setting } from "../message.js";
import type { Certificate } from "../identity/certificate/parsed.js";
import type { Sourced } from "../origin.js";
import { version } from "../version.js";

/** Protocol of an authority: the API of step-ca, or EST. */
export type Protocol = "step-ca" | "est";

/** Address of a certificate authority, and the roots to trust. */
export interface AuthoritySettings {
  readonly protocol: Protocol;
  readonly endpoint: Endpoint;
  /** PEM file with the roots of its server, instead of the default roots. */
  readonly caBundle: Sourced<string> | undefined;
}

/** Dependencies of requests to an authority. */
export interface AuthorityContext extends Omit<SendContext, "send" | "overallMs"> {
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** A request for a renewed certificate. */
export interface RenewalRequest {
  readonly present: Certificate;
  /** Certificate, chain and key for TLS. */
  readonly client: ClientCertificate;
  /** Key of the new certificate: the present key, or a new one if it is replaced. */
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
  readonly rekey: boolean;
}

/** Response of an authority. */
export type RenewalAnswer =
  | {
      readonly kind: "issued";
      readonly leaf: Certificate;
      /** Possible certificates of its chain, in any order. */
      readonly others: readonly Certificate[];
    }
  /** The authority has not decided yet. */
  | { readonly kind: "pending"; readonly retryAfterMs: number };

/**
 * Reads the URL of an authority.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function parseAuthority(protocol: Protocol, text: string): Endpoint {
  const example = protocol === "est" ? "https://est.example.com/.well-known/est" : "https://ca.example.com:9000";
  const hints = [message`write ${setting(protocol, example)}, for example`];
  let endpoint: Endpoint;
  try {
    endpoint = parseEndpoint(text, setting(protocol));
  } catch (error) {
    if (!(error instanceof RolesAnywhereError)) throw error;
    throw new UsageError("ERR_SETTING", textsOf(error).message, { hints });
  }
  if (endpoint.protocol !== "https:") {
    throw new UsageError("ERR_SETTING", message`${setting(protocol)} is an http URL, expected https`, {
      hints: ["the authority recognizes this machine by the certificate of the TLS connection", ...hints],
    });
  }
  return protocol === "est" && endpoint.pathPrefix === "" ? { ...endpoint, pathPrefix: "/.well-known/est" } : endpoint;
}

export interface AuthorityCall {
  readonly method: "GET" | "POST";
  /** Path below the authority's URL. */
  readonly path: string;
  readonly headers: HttpRequest["headers"];
  readonly body: string;
}

/** Sends a request to an authority, with the client certificate. */
export type CallAuthority = (call: AuthorityCall) => Promise<HttpResponse>;

/**
 * @returns A function that sends one request and returns the response, with any status. It throws a NetworkError if the
 *   authority cannot be reached, and a ServiceError `ERR_ACCESS_DENIED` if the TLS handshake rejects the certificate.
 */
export function connectAuthority(
  { protocol, endpoint, caBundle }: AuthoritySettings,
  client: ClientCertificate,
  context: AuthorityContext,
): CallAuthority {
  const send = createSender({
    verifySsl: true,
    caBundle,
    clientCertificate: client,
    timeouts: defaultTimeouts,
    variables: context.variables,
    debug: context.debug,
  });
  return async ({ method, path, headers, body }) => {
    const request: HttpRequest = {
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      port: endpoint.port,
      method,
      target: `${endpoint.pathPrefix}${path}`,
      headers: [
        ["host", endpoint.host],
        ["user-agent", `rolesanywhere-ts/${version}`],
        ...headers,
        ...(method === "POST" ? [["content-length", String(Buffer.byteLength(body))] as const] : []),
      ],
      body: method === "POST" ? body : undefined,
    };
    try {
      return await sendWithRetry(async () => request, { ...context, send, overallMs: defaultTimeouts.overallMs });
    } catch (error) {
      throw explainFault(error, protocol, endpoint);
    }
  };
}

/** Servers reject a client certificate with a TLS alert, which has no details. */
function explainFault(error: unknown, protocol: Protocol, endpoint: Endpoint): unknown {
  if (!(error instanceof NetworkError)) return error;
  const { code = "", message: told = "" } = (error.cause ?? {}) as Partial<NodeJS.ErrnoException>;
  if (code === "ECONNRESET") {
    const hints = [
      ...textsOf(error).hints,
      "a server may drop the connection if it does not know the certificate's issuer",
    ];
    return new NetworkError(error.code, textsOf(error).message, { cause: error, hints });
  }
  if (error.code !== "ERR_TLS") return error;
  if (isUnknownIssuer(error)) {
    return new NetworkError("ERR_TLS", textsOf(error).message, {
      cause: error,
      hints: [
        message`name the root certificate of the authority's server with ${setting("authority-ca", "root_ca.crt")}`,
      ],
    });
  }
  const alert = readAlert(code, told);
  if (alert === undefined) return error;
  return refused(protocol, "the TLS handshake", 0, `${formatEndpoint(endpoint)} refuses the certificate: ${alert}`, [
    "check that this authority issued the certificate, and that the certificate is not revoked",
  ]);
}

export function refused(
  protocol: Protocol,
  operation: string,
  statusCode: number,
  text: string,
  hints: readonly (string | ReturnType<typeof message>)[],
): ServiceError {
  return new ServiceError("ERR_ACCESS_DENIED", text, {
    service: protocol,
    operation,
    statusCode,
    serviceCode: "",
    hints,
  });
}
