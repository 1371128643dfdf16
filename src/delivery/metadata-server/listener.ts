import type { Server } from "node:net";
import { systemCode, UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { formatListenAddress, isLoopback } from "./listen-address.js";
import type { ListenAddress } from "./listen-address.js";
import { removeDeadSocket } from "./socket-file.js";

/** Connections that the kernel queues until they are accepted. A thousand readers may connect at once. */
const backlog = 4096;

/**
 * Starts listening, and returns the actual address.
 *
 * @param allowRemote Whether other machines may reach it.
 * @throws UsageError `ERR_LISTEN`; `ERR_NOT_AVAILABLE` for a received socket in the standalone executable
 */
export async function listen(server: Server, address: ListenAddress, allowRemote: boolean): Promise<ListenAddress> {
  if (!allowRemote) refuseRemote(address);
  if (address.kind === "descriptor") refuseDescriptor();
  try {
    await listenOnce(server, address);
  } catch (error) {
    if (address.kind !== "unix" || systemCode(error) !== "EADDRINUSE") throw listenError(address, error);
    await removeDeadSocket(address.path);
    await listenOnce(server, address).catch((second: unknown) => {
      throw listenError(address, second);
    });
  }
  const bound = boundAddress(server, address);
  if (!allowRemote) refuseRemote(bound);
  return bound;
}

/** Bun ignores a descriptor and would listen on a random port on all addresses. */
function refuseDescriptor(): void {
  if (process.versions["bun"] === undefined) return;
  throw new UsageError("ERR_NOT_AVAILABLE", "the standalone executable cannot take over a socket that systemd opened", {
    hints: [message`use ${setting("listen")} without a socket unit, or run rolesanywhere-ts on Node.js`],
  });
}

function refuseRemote(address: ListenAddress): void {
  if (address.kind !== "tcp" || isLoopback(address.host)) return;
  const where = formatListenAddress(address);
  throw new UsageError("ERR_LISTEN", `${where} is not a loopback address: other machines could reach the credentials`, {
    hints: [
      message`listen on 127.0.0.1, or add ${setting("allow-remote", true)} if that is intended`,
      message`beyond this machine use ${setting("tls-cert")} and ${setting("tls-key")}, or token and credentials can be read on the way`,
    ],
  });
}

function listenOnce(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    if (address.kind === "tcp") server.listen({ host: address.host, port: address.port, backlog, ipv6Only: true });
    else if (address.kind === "unix") listenForOwner(server, address.path);
    else server.listen({ fd: address.descriptor, backlog });
  });
}

function boundAddress(server: Server, asked: ListenAddress): ListenAddress {
  const bound = server.address();
  if (bound === null) return asked;
  if (typeof bound === "string") return { kind: "unix", path: bound };
  return { kind: "tcp", host: bound.address, port: bound.port };
}

/** Lets only the owner connect from the start. A mode set later could come after the first connection. */
function listenForOwner(server: Server, path: string): void {
  const before = process.umask(0o177);
  try {
    server.listen({ path, backlog });
  } finally {
    process.umask(before);
  }
}

const reasons: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  EADDRINUSE: ["another program listens there", "choose another port; port 0 takes any free one"],
  EACCES: ["this user may not", "ports below 1024 and other users' folders need more rights: choose another"],
  EADDRNOTAVAIL: ["this machine has no such address", "list its addresses and choose one, or 127.0.0.1"],
  ENOENT: ["the folder does not exist", "create the folder first"],
  EINVAL: ["it is not a listening socket, or the path is too long", "a unix socket's path has at most 107 bytes"],
};

function listenError(address: ListenAddress, error: unknown): UsageError {
  const code = systemCode(error);
  const [what, hint] = reasons[code] ?? [code, "look up this error of the operating system"];
  return new UsageError("ERR_LISTEN", `cannot listen on ${formatListenAddress(address)}: ${what} (${code})`, {
    hints: [hint],
    cause: error,
  });
}
