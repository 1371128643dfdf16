import { isIP } from "node:net";

/** Formats a host as in a URL or before a port: IPv6 addresses in brackets. */
export function bracketed(hostname: string): string {
  return isIP(hostname) === 6 ? `[${hostname}]` : hostname;
}

export function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
