import { connect, isIP } from "node:net";
import type { Socket } from "node:net";
import { NetworkError } from "../../errors.js";
import type { Origin } from "./exchange.js";
import { proxyRefusal, strangeProxy } from "./network-error.js";
import type { ProxyServer } from "./proxy.js";

const version = 5;
const noLogin = 0;
const byPassword = 2;

/** Why a proxy did not connect, by reply code. */
const refusals: readonly string[] = [
  "",
  "general failure",
  "not allowed by its rules",
  "the network is unreachable",
  "no route to the host",
  "connection refused",
  "the connection timed out",
  "it does not connect for others",
  "it does not know such addresses",
];

/**
 * Opens a connection through a SOCKS5 proxy. The proxy resolves the host name, for `socks5` as for `socks5h`: behind
 * such a proxy, the name is often unknown here.
 *
 * @throws NetworkError, or the socket's error
 * @see https://www.rfc-editor.org/rfc/rfc1928
 */
export async function openSocks(
  place: Pick<Origin, "hostname" | "port">,
  proxy: ProxyServer,
  givenUp: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host: proxy.hostname, port: proxy.port });
  const read = createReader(socket);
  // An error between two reads is detected by the next one.
  const ignore = () => undefined;
  socket.on("error", ignore);
  const abort = () => socket.destroy(givenUp.reason as Error);
  givenUp.addEventListener("abort", abort, { once: true });
  try {
    const methods = proxy.login === undefined ? [noLogin] : [noLogin, byPassword];
    socket.write(Uint8Array.of(version, methods.length, ...methods));
    const [found, method] = await read(2);
    if (found !== version) throw strangeProxy(proxy, "SOCKS5");
    if (method === byPassword && proxy.login !== undefined) await logIn(socket, read, place, proxy);
    else if (method !== noLogin) throw proxyRefusal(place, proxy, "a login is needed", true);
    socket.write(connectRequest(place));
    const [, code = 1, , type = 0] = await read(4);
    if (code !== 0) throw proxyRefusal(place, proxy, refusals[code] ?? `code ${code}`, false);
    await read((await addressLength(type, read)) + 2);
    socket.off("error", ignore);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    // From here on, the connection belongs to the request, and an agent may keep it longer.
    givenUp.removeEventListener("abort", abort);
  }
}

type Read = (length: number) => Promise<Buffer>;

/** @see https://www.rfc-editor.org/rfc/rfc1929 */
async function logIn(
  socket: Socket,
  read: Read,
  place: Pick<Origin, "hostname" | "port">,
  proxy: ProxyServer,
): Promise<void> {
  const [user, password] = [proxy.login?.user ?? "", proxy.login?.password ?? ""].map((text) => Buffer.from(text));
  if (user === undefined || password === undefined || user.length > 255 || password.length > 255) {
    throw new NetworkError("ERR_CONNECTION", `the login for ${proxy.name} is longer than SOCKS5 allows`, {
      hints: ["user name and password may have 255 bytes each"],
    });
  }
  socket.write(Buffer.concat([Uint8Array.of(1, user.length), user, Uint8Array.of(password.length), password]));
  const [, status] = await read(2);
  if (status !== 0) throw proxyRefusal(place, proxy, "it does not accept the login", true);
}

function connectRequest({ hostname, port }: Pick<Origin, "hostname" | "port">): Buffer {
  const head = Uint8Array.of(version, 1, 0);
  const portBytes = Uint8Array.of(port >> 8, port & 0xff);
  return Buffer.concat([head, addressBytes(hostname), portBytes]);
}

function addressBytes(hostname: string): Uint8Array {
  if (isIP(hostname) === 4) return Uint8Array.of(1, ...hostname.split(".").map(Number));
  if (isIP(hostname) === 6) return Uint8Array.of(4, ...ipv6Bytes(hostname));
  const name = Buffer.from(hostname, "latin1");
  return Buffer.concat([Uint8Array.of(3, name.length), name]);
}

/** Returns the sixteen bytes of an address, which may abbreviate zeros as `::`. */
function ipv6Bytes(address: string): number[] {
  // A URL writes the last two groups in hexadecimal, whatever their form was.
  const [, text = ""] = /^\[(.*)\]$/.exec(new URL(`http://[${address.replace(/%.*$/, "")}]/`).hostname) ?? [];
  const [before = "", after] = text.split("::");
  const groups = (part: string) => part.split(":").filter((group) => group !== "");
  const [head, tail] = [groups(before), groups(after ?? "")];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

async function addressLength(type: number, read: Read): Promise<number> {
  if (type === 3) return (await read(1))[0] ?? 0;
  return type === 4 ? 16 : 4;
}

/** Reads exactly this many bytes, because what follows belongs to the host. */
function createReader(socket: Socket): Read {
  return (length) =>
    new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        socket.off("readable", look);
        socket.off("error", fail);
        socket.off("end", ended);
        socket.off("close", ended);
        done();
      };
      const look = () => {
        const bytes = socket.read(length) as Buffer | null;
        if (bytes === null) return;
        if (bytes.length < length) return ended();
        settle(() => resolve(bytes));
      };
      const fail = (error: Error) => settle(() => reject(error));
      const ended = () => fail(Object.assign(new Error("the proxy closed the connection"), { code: "ECONNRESET" }));
      socket.on("readable", look);
      socket.once("error", fail);
      socket.once("end", ended);
      socket.once("close", ended);
      if (socket.destroyed) return ended();
      look();
    });
}
