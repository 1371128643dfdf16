import type { Origin } from "../aws/http/exchange.js";
import { namesProxy } from "../aws/http/proxy-settings.js";
import type { SenderOptions } from "../aws/http/send.js";
import { createTlsOptions, namesRoots } from "../aws/http/trust.js";
import { requestHandOver } from "./hand-over.js";
import { checked, host } from "./host.js";

type ConnectionOptions = Omit<SenderOptions, "timeouts" | "debug">;
type Place = Pick<Origin, "protocol" | "hostname" | "port">;

interface Early extends Place {
  readonly number: number;
}

/** A connection that no request uses yet. */
let early: Early | undefined;

/** Requests that the full program makes instead. */
export function refuseIndirect(options: ConnectionOptions): void {
  const reason = whyIndirect(options);
  if (reason !== undefined) throw requestHandOver(reason);
}

/** Connects while the request is still being signed. */
export function connectEarly(place: Place, options: ConnectionOptions): void {
  if (whyIndirect(options) === undefined && early === undefined) early = { ...place, number: connect(place, options) };
}

/** Returns the number of the connection to this place, for one request. */
export function takeConnection({ protocol, hostname, port }: Place): number | undefined {
  const found = early;
  if (found?.protocol !== protocol || found.hostname !== hostname || found.port !== port) return undefined;
  early = undefined;
  return found.number;
}

/** Starts to connect; returns the number of the connection. */
export function connect({ protocol, hostname, port }: Place, options: ConnectionOptions): number {
  const { ca } = createTlsOptions(options);
  return checked(
    host.connect(hostname, port, protocol === "https:", ca === undefined ? undefined : String(ca)),
    "connect",
  );
}

function whyIndirect(options: ConnectionOptions): string | undefined {
  if (!options.verifySsl) return "connect without verification of certificates";
  if (namesProxy(options)) return "connect through a proxy";
  if (namesRoots(options.variables)) return "read the roots that SSL_CERT_FILE and SSL_CERT_DIR name";
  return undefined;
}
