import { isIP } from "node:net";
import type { Dial, Origin } from "../aws/http/exchange.js";
import { unbracketed } from "../aws/http/host-name.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";

/** Returns the address to connect to for a host and port; undefined for the host itself. */
export type Dialer = (origin: Pick<Origin, "hostname" | "port">) => Dial | undefined;

export interface DialRules {
  /** `HOST:PORT:ADDRESS[,ADDRESS]`; `*` is any host. */
  readonly resolve: readonly string[];
  /** `HOST:PORT:HOST:PORT`; an empty part matches anything, or keeps the original. */
  readonly connectTo: readonly string[];
  readonly unixSocket: string | undefined;
}

/** @throws UsageError `ERR_ARGUMENT` */
export function createDialer({ resolve, connectTo, unixSocket }: DialRules): Dialer {
  const addresses = resolve.map(parseResolve);
  const places = connectTo.map(parseConnectTo);
  return ({ hostname, port }) => {
    if (unixSocket !== undefined) return { socketPath: unixSocket };
    const to = places.find((rule) => [hostname, ""].includes(rule.host) && [String(port), ""].includes(rule.port));
    const place = {
      hostname: to === undefined || to.toHost === "" ? hostname : to.toHost,
      port: to === undefined || to.toPort === "" ? port : Number(to.toPort),
    };
    const address = addresses.findLast(
      (rule) => (rule.host === place.hostname || rule.host === "*") && rule.port === String(place.port),
    );
    if (address !== undefined) return { hostname: address.address, port: place.port };
    return to === undefined ? undefined : place;
  };
}

const host = String.raw`(\[[^\]]*\]|[^:]*)`;

function parseResolve(text: string) {
  const match = new RegExp(String.raw`^\+?${host}:(\d+):(.+)$`).exec(text);
  const address = hostIn((match?.[3] ?? "").split(",", 1)[0] ?? "");
  if (match === null || isIP(address) === 0) {
    throw new UsageError("ERR_ARGUMENT", message`${setting("resolve")} expects HOST:PORT:ADDRESS, found "${text}"`, {
      hints: [message`write ${setting("resolve", "api.example.com:443:127.0.0.1")}, for example`],
    });
  }
  return { host: hostIn(match[1] ?? ""), port: match[2] ?? "", address };
}

function parseConnectTo(text: string) {
  const match = new RegExp(String.raw`^${host}:(\d*):${host}:(\d*)$`).exec(text);
  if (match === null) {
    throw new UsageError(
      "ERR_ARGUMENT",
      message`${setting("connect-to")} expects HOST:PORT:HOST:PORT, found "${text}"`,
      { hints: [message`write ${setting("connect-to", "api.example.com:443:localhost:8443")}, for example`] },
    );
  }
  const [, from = "", port = "", to = "", toPort = ""] = match;
  return { host: hostIn(from), port, toHost: hostIn(to), toPort };
}

function hostIn(text: string): string {
  return unbracketed(text).toLowerCase();
}
