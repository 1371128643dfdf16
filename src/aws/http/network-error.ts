import { NetworkError, RolesAnywhereError } from "../../errors.js";
import { certificateFault, readAlert } from "./certificate-fault.js";
import type { HttpRequest } from "./exchange.js";
import type { ProxyServer } from "./proxy.js";

type Place = Pick<HttpRequest, "hostname" | "port">;

interface Fault {
  readonly code: "ERR_CONNECTION" | "ERR_TLS" | "ERR_TIMEOUT";
  readonly text: string;
  readonly hint: string;
}

const checkPath = "check the network, the endpoint and the proxy settings (HTTPS_PROXY, NO_PROXY)";
const speaksTls =
  "check that the endpoint speaks TLS 1.2 or later on that port; a local one without TLS is reached by http://";

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
  ERR_SOCKET_CLOSED: { code: "ERR_CONNECTION", text: "the connection was dropped", hint: checkPath },
  EPIPE: { code: "ERR_CONNECTION", text: "the connection was dropped", hint: checkPath },
  EHOSTUNREACH: { code: "ERR_CONNECTION", text: "no route to the host", hint: checkPath },
  ENETUNREACH: { code: "ERR_CONNECTION", text: "the network is unreachable", hint: checkPath },
  ETIMEDOUT: { code: "ERR_TIMEOUT", text: "the connection timed out", hint: checkPath },
  EPROTO: {
    code: "ERR_TLS",
    text: "the TLS handshake failed",
    hint: speaksTls,
  },
};

/**
 * Explains a socket or TLS error; names the host and the next step.
 *
 * @param place undefined if a caller names what it was reading.
 * @param proxy The name of the proxy; undefined without one.
 */
export function networkError(error: unknown, place: Place | undefined, proxy: string | undefined): RolesAnywhereError {
  if (error instanceof RolesAnywhereError) return error;
  const { code: given, message } = error as NodeJS.ErrnoException;
  // The code of an abort is a number.
  const code = typeof given === "string" ? given : "";
  const fault = findFault(code, message);
  if (place === undefined) return new NetworkError(fault.code, fault.text, { cause: error, hints: [fault.hint] });
  const through = proxy === undefined ? "" : ` through ${proxy}`;
  return new NetworkError(fault.code, `cannot reach ${place.hostname}:${place.port}${through}: ${fault.text}`, {
    cause: error,
    hints: [fault.hint],
  });
}

function findFault(code: string, message: string): Fault {
  const refused = certificateFault(code, message);
  if (refused !== undefined) return { code: "ERR_TLS", ...refused };
  const alert = readAlert(code, message);
  if (alert !== undefined) return explainAlert(alert);
  const known = code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") ? faults["EPROTO"] : faults[code];
  return (
    known ?? {
      code: "ERR_CONNECTION",
      text: `the exchange failed (${code === "" ? message.split("\n", 1)[0] : code})`,
      hint: checkPath,
    }
  );
}

function explainAlert(alert: string): Fault {
  const isAboutClient = /certificate|unknown ca|access denied/.test(alert);
  return {
    code: "ERR_TLS",
    text: `the server ends the TLS handshake: ${alert}`,
    hint: isAboutClient ? "the server asks for a client certificate that it trusts" : speaksTls,
  };
}

/** @param wantsLogin Whether the login is missing or wrong. */
export function proxyRefusal(
  { hostname, port }: Place,
  { name, login }: ProxyServer,
  reason: string,
  wantsLogin: boolean,
): NetworkError {
  const hint = wantsLogin
    ? login === undefined
      ? "it asks for a login: write USER:PASSWORD@ before the host of the proxy"
      : "check user name and password of the proxy; percent-encode @, : and / in them"
    : "check that the proxy allows this host and port, or list the host in NO_PROXY";
  return new NetworkError("ERR_CONNECTION", `${name} refuses to connect to ${hostname}:${port}: ${reason}`, {
    hints: [hint],
  });
}

/** The server at the proxy's address does not support the protocol of its URL. */
export function strangeProxy({ name }: ProxyServer, protocol: "HTTP" | "SOCKS5"): NetworkError {
  return new NetworkError("ERR_CONNECTION", `${name} does not answer as a proxy that speaks ${protocol}`, {
    hints: ["check its port, and the scheme of its URL: http://, https:// or socks5://"],
  });
}
