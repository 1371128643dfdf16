import { readFileSync } from "node:fs";
import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { isLoopback } from "./listen-address.js";
import type { ListenAddress } from "./listen-address.js";

/**
 * Checks the hop limit of responses. Node.js cannot set the time to live of TCP packets. Loopback and unix sockets meet
 * any limit, since their packets cross no router. Elsewhere only the system's own limit can be met.
 *
 * @param systemHopLimit The limit that the operating system sets, usually 64.
 * @throws UsageError `ERR_ARGUMENT` outside 1-255, `ERR_NOT_AVAILABLE` if it cannot be met.
 */
export function refuseHopLimit(hopLimit: number, addresses: readonly ListenAddress[], systemHopLimit: number): void {
  if (hopLimit < 1 || hopLimit > 255) {
    throw new UsageError("ERR_ARGUMENT", message`${setting("hop-limit")} is ${hopLimit}, expected 1 to 255`, {
      hints: [message`write ${setting("hop-limit", 64)}, or leave it out`],
    });
  }
  if (hopLimit === systemHopLimit || addresses.every(staysHere)) return;
  throw new UsageError(
    "ERR_NOT_AVAILABLE",
    message`${setting("hop-limit", hopLimit)} cannot be honoured beyond loopback: Node.js cannot set the time to live of TCP packets, and this system sets ${systemHopLimit}`,
    {
      hints: [
        "let systemd open the socket, with IPTTL= in its .socket unit",
        "or limit the route instead, with hoplimit of ip-route(8)",
      ],
    },
  );
}

/** Sockets from systemd have the time to live that their unit sets. */
function staysHere(address: ListenAddress): boolean {
  return address.kind !== "tcp" || isLoopback(address.host);
}

/** Reads the limit that the operating system sets in IPv4 and IPv6 packets. */
export function readSystemHopLimit(platform: NodeJS.Platform): number {
  if (platform === "win32") return 128;
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_default_ttl", "utf8"));
  } catch {
    return 64;
  }
}
