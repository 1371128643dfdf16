import type { Invocation } from "../invocation.js";

const maxHosts = 10;
const address = /^(?:localhost|[\d.]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const name = /^[a-z\d][a-z\d.-]*(?::\d{1,5})?$/i;
const maxLength = 100;

/**
 * Logs each refused `Host` once, and at most ten: a client can send any number. A forwarder such as `ssh -L` or `kubectl
 * port-forward` shows as a port that is not the server's own.
 */
export function logRefusedHosts(stderr: Invocation["stderr"]): (host: string) => void {
  const logged = new Set<string>();
  return (host) => {
    const isAddress = address.test(host);
    const known = host.length <= maxLength && (isAddress || name.test(host)) ? host : undefined;
    const key = known ?? "";
    if (logged.has(key) || logged.size === maxHosts) return;
    logged.add(key);
    const lines = [`warning: refused a request for another host${known === undefined ? "" : `: ${known}`}`];
    if (known !== undefined) {
      const when = isAddress
        ? "if a port forwarder such as ssh -L or kubectl port-forward is in between"
        : "if clients reach this server by that name";
      lines.push(`hint: add --allowed-host ${known} ${when}`);
    }
    stderr.write(lines.map((line) => `rolesanywhere-ts: ${line}\n`).join(""));
  };
}
