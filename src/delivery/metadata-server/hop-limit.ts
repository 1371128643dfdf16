import { readFileSync } from "node:fs";
import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { isLoopback } from "./listen-address.js";
import type { ListenAddress } from "./listen-address.js";

/**
 * Checks a limit on how many routers an answer may cross. Node.js cannot set the time to live of a TCP socket's packets.
 * On loopback and unix sockets any limit holds, since their packets never meet a router; elsewhere only the limit that
 * the system gives every packet anyway can be honoured.
 *
 * @param systemHopLimit What the operating system sets, 64 nearly everywhere.
 * @throws UsageError `ERR_ARGUMENT` out of 1-255, `ERR_NOT_AVAILABLE` when it cannot be honoured.
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

/** Sockets of the service manager have the time to live that their unit gave them. */
function staysHere(address: ListenAddress): boolean {
  return address.kind !== "tcp" || isLoopback(address.host);
}

/** What the operating system sets in each packet, of IPv4 as of IPv6. */
export function readSystemHopLimit(platform: NodeJS.Platform): number {
  if (platform === "win32") return 128;
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_default_ttl", "utf8"));
  } catch {
    return 64;
  }
}
