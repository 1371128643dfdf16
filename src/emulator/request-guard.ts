import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { controlPrefix } from "./control.js";

const maxHeaders = 100;

interface GuardRefusal {
  readonly statusCode: 400 | 403 | 431;
  readonly message: string;
}

/**
 * Refuses requests that no AWS client sends but a web page might. Requests of AWS protocols are signed, and may have any
 * Host. Requests to the emulator's own paths are not signed, so their Host must be this machine: after DNS rebinding, a
 * web page sends its own name.
 */
export function findGuardRefusal(message: IncomingMessage, ownNames: readonly string[]): GuardRefusal | undefined {
  const names = message.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (names.length > maxHeaders) {
    return { statusCode: 431, message: `found ${names.length} headers, expected at most ${maxHeaders}` };
  }
  const hosts = names.filter((name) => name === "host").length;
  if (hosts !== 1) return { statusCode: 400, message: `found ${hosts} Host headers, expected one` };
  if (message.url?.startsWith("/") !== true) return { statusCode: 400, message: "the request target is not a path" };
  const { origin, "sec-fetch-site": site } = message.headers;
  if (origin !== undefined || (site !== undefined && site !== "none")) {
    return { statusCode: 403, message: "requests from web pages are refused" };
  }
  if (!message.url.startsWith(controlPrefix)) return undefined;
  if (names.includes("x-forwarded-for") || names.includes("forwarded")) {
    return { statusCode: 403, message: "forwarded requests are refused" };
  }
  if (namesThisMachine(message.headers.host ?? "", ownNames)) return undefined;
  return { statusCode: 403, message: "the Host header does not name this machine" };
}

/** An address, `localhost` or the name given as the listen address. */
function namesThisMachine(header: string, ownNames: readonly string[]): boolean {
  const [, literal, name = ""] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(header.toLowerCase()) ?? [];
  if (literal !== undefined) return isIP(literal) === 6;
  return name === "localhost" || isIP(name) === 4 || ownNames.includes(name);
}
