import { NetworkError, RolesAnywhereError } from "../../errors.js";
import type { HttpRequest } from "./exchange.js";

interface Fault {
  readonly code: "ERR_CONNECTION" | "ERR_TLS" | "ERR_TIMEOUT";
  readonly text: string;
  readonly hint: string;
}

const checkPath = "check the network, the endpoint and the proxy settings (HTTPS_PROXY, NO_PROXY)";
const trustRoot = "if a proxy inspects TLS here, put its root certificate into a file and name it in AWS_CA_BUNDLE";

const faults: Readonly<Record<string, Fault>> = {
  ENOTFOUND: {
    code: "ERR_CONNECTION",
    text: "the name cannot be resolved",
    hint: "check the region, the endpoint and the name server",
  },
  EAI_AGAIN: {
    code: "ERR_CONNECTION",
    text: "the name server does not answer",
    hint: "check the name server and the network",
  },
  ECONNREFUSED: {
    code: "ERR_CONNECTION",
    text: "connection refused",
    hint: "check that something listens there, and the endpoint's port",
  },
  ECONNRESET: { code: "ERR_CONNECTION", text: "the connection was dropped", hint: checkPath },
  EPIPE: { code: "ERR_CONNECTION", text: "the connection was dropped", hint: checkPath },
  EHOSTUNREACH: { code: "ERR_CONNECTION", text: "no route to the host", hint: checkPath },
  ENETUNREACH: { code: "ERR_CONNECTION", text: "the network is unreachable", hint: checkPath },
  ETIMEDOUT: { code: "ERR_TIMEOUT", text: "the connection timed out", hint: checkPath },
  EPROTO: {
    code: "ERR_TLS",
    text: "the TLS handshake failed",
    hint: "check that the endpoint speaks TLS 1.2 or later on that port",
  },
  CERT_HAS_EXPIRED: {
    code: "ERR_TLS",
    text: "the server's certificate has expired",
    hint: "check the clock of this machine, then the server",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: "ERR_TLS",
    text: "the server's certificate is for another name",
    hint: "check the endpoint",
  },
  UNABLE_TO_GET_ISSUER_CERT: {
    code: "ERR_TLS",
    text: "the server's certificate comes from an unknown issuer",
    hint: trustRoot,
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    code: "ERR_TLS",
    text: "the server's certificate comes from an unknown issuer",
    hint: trustRoot,
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    code: "ERR_TLS",
    text: "the server's certificate comes from an unknown issuer",
    hint: trustRoot,
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    code: "ERR_TLS",
    text: "the server's certificate ends in an unknown root",
    hint: trustRoot,
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: "ERR_TLS", text: "the server's certificate is self-signed", hint: trustRoot },
};

/**
 * Turns a socket or TLS fault into words that name the host and the next step.
 *
 * @param proxy How the proxy in between is called; undefined where there is none.
 */
export function networkError(
  error: unknown,
  request: Pick<HttpRequest, "hostname" | "port">,
  proxy: string | undefined,
): RolesAnywhereError {
  if (error instanceof RolesAnywhereError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const fault = faults[code] ??
    (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") ? faults["EPROTO"] : undefined) ?? {
      code: "ERR_CONNECTION" as const,
      text: `the exchange failed (${code === "" ? message.split("\n", 1)[0] : code})`,
      hint: checkPath,
    };
  const through = proxy === undefined ? "" : ` through ${proxy}`;
  return new NetworkError(fault.code, `cannot reach ${request.hostname}:${request.port}${through}: ${fault.text}`, {
    cause: error,
    hints: [fault.hint],
  });
}
