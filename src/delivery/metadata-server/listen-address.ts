import { BlockList, isIP, isIPv6 } from "node:net";
import { UsageError } from "../../errors.js";

/** Where a server listens. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  /** A listening socket that systemd opened and passed on. */
  | { readonly kind: "descriptor"; readonly descriptor: number };

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Tells whether only this machine can reach an IP address. IPv4-mapped IPv6 counts as IPv4. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version !== 0 && loopback.check(host, version === 6 ? "ipv6" : "ipv4");
}

/**
 * Parses `127.0.0.1:9911`, `[::1]:9911`, `localhost:9911` or `unix:/run/app/socket`. `localhost` means 127.0.0.1. Port
 * 0 is any free port.
 *
 * @param subject The setting's name in messages, such as `--listen`.
 * @throws UsageError `ERR_ARGUMENT`
 */
export function parseListenAddress(text: string, subject: string): ListenAddress {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    if (path === "" || path.includes("\0")) throw listenError(subject, text, "names no path");
    return { kind: "unix", path };
  }
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const [, bracketed, plain, digits = ""] = match ?? [];
  const host = bracketed ?? (plain === "localhost" ? "127.0.0.1" : plain);
  if (host === undefined) throw listenError(subject, text, "is not HOST:PORT");
  const wellFormed = bracketed === undefined ? isIP(host) === 4 : isIPv6(host);
  if (!wellFormed) throw listenError(subject, text, `has host "${host}", which is not an IP address`);
  const port = Number(digits);
  if (port > 65_535) throw listenError(subject, text, `has port ${digits}, expected at most 65535`);
  return { kind: "tcp", host, port };
}

/** The inverse of `parseListenAddress`. */
export function formatListenAddress(address: ListenAddress): string {
  switch (address.kind) {
    case "tcp":
      return isIPv6(address.host) ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
    case "unix":
      return `unix:${address.path}`;
    case "descriptor":
      return `socket ${address.descriptor} of the service manager`;
  }
}

/** Uses addresses, because SDKs accept plain http only for those. A wildcard address is reached through loopback. */
export function formatBaseUrl({ host, port }: Extract<ListenAddress, { kind: "tcp" }>, tls: boolean): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const literal = isIPv6(reachable) ? `[${reachable}]` : reachable;
  return `${tls ? "https" : "http"}://${literal}:${port}`;
}

function listenError(subject: string, text: string, fault: string): UsageError {
  return new UsageError("ERR_ARGUMENT", `${subject} "${text}" ${fault}; expected an IP address and a port`, {
    hints: [`write ${subject} 127.0.0.1:9911, ${subject} "[::1]:9911" or ${subject} unix:/run/app/socket`],
  });
}
