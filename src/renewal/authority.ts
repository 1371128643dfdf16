import type { KeyObject } from "node:crypto";
import { formatEndpoint, parseEndpoint } from "../aws/endpoint.js";
import type { Endpoint } from "../aws/endpoint.js";
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

/** How an authority renews certificates: by its own API, or by EST. */
export type Protocol = "step-ca" | "est";

/** Where a certificate authority is, and whom to trust there. */
export interface AuthoritySettings {
  readonly protocol: Protocol;
  readonly endpoint: Endpoint;
  /** PEM file with the roots of its server, in place of the usual ones. */
  readonly caBundle: Sourced<string> | undefined;
}

/** What asking an authority needs of the outside world. */
export interface AuthorityContext extends Omit<SendContext, "send" | "overallMs"> {
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** A request for a renewed certificate. */
export interface RenewalRequest {
  readonly present: Certificate;
  /** Certificate, chain and key of TLS. */
  readonly client: ClientCertificate;
  /** The key of the new certificate: the present one or, when the key is replaced, a new one. */
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
  readonly rekey: boolean;
}

/** What an authority answers. */
export type RenewalAnswer =
  | {
      readonly kind: "issued";
      readonly leaf: Certificate;
      /** Certificates that may belong above it, in any order. */
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
  /** Below the authority's URL. */
  readonly path: string;
  readonly headers: HttpRequest["headers"];
  readonly body: string;
}

/** Sends to an authority, with the client certificate. */
export type CallAuthority = (call: AuthorityCall) => Promise<HttpResponse>;

/**
 * @throws NetworkError when it is away, ServiceError `ERR_ACCESS_DENIED` when it refuses the certificate in the TLS handshake;
 *   an answer is returned whatever its status
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

/** A server refuses a client certificate by an alert, which tells little. */
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
  if (/ISSUER|SELF_SIGNED|VERIFY_LEAF/.test(code)) {
    return new NetworkError("ERR_TLS", textsOf(error).message, {
      cause: error,
      hints: [
        message`name the root certificate of the authority's server with ${setting("authority-ca", "root_ca.crt")}`,
      ],
    });
  }
  const alert = /alert ([a-z ]+)|ALERT_([A-Z_]+)/.exec(`${told} ${code}`);
  if (alert === null) return error;
  const words = (alert[1] ?? alert[2] ?? "").trim().toLowerCase().replaceAll("_", " ");
  return refused(protocol, "the TLS handshake", 0, `${formatEndpoint(endpoint)} refuses the certificate: ${words}`, [
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
