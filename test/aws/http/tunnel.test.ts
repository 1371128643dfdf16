import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { findProxy } from "../../../src/aws/http/proxy.js";
import { openSocks } from "../../../src/aws/http/socks.js";
import { createTransport } from "../../../src/aws/http/transport.js";
import { createTunnelAgent } from "../../../src/aws/http/tunnel.js";
import { startHttpProxy } from "../../support/http-proxy.js";
import { startSocksProxy } from "../../support/socks-proxy.js";

const started: Server[] = [];
afterEach(() => started.splice(0).forEach((server) => server.close()));

async function listen(server: Server): Promise<number> {
  started.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
const echo = () => listen(createServer((request, response) => response.end(`${request.url} ${request.headers.host}`)));
const transport = (proxy: string, keepAlive = false) =>
  createTransport({ verifySsl: true, caBundle: undefined, variables: {}, proxy, keepAlive });
const get = (hostname: string, port = 80) =>
  ({
    protocol: "http:",
    hostname,
    port,
    method: "GET",
    target: "/x",
    headers: [["host", hostname]],
    body: undefined,
  }) as const;
const limits = { connectMs: 5_000, firstByteMs: 5_000 };

describe("plain HTTP through SOCKS5", () => {
  it.each([
    ["a name, which the proxy resolves", "service.example", "service.example:80"],
    ["an address", "10.1.2.3", "10.1.2.3:80"],
    ["an IPv6 address", "fd00:1::2:3", "fd000001000000000000000000020003:80"],
    ["an IPv6 address that ends as IPv4 does", "::ffff:1.2.3.4", "00000000000000000000ffff01020304:80"],
  ])("reaches %s", async (_, host, seen) => {
    const port = await echo();
    await using proxy = await startSocksProxy({ portOf: () => port });
    const received = await transport(`socks5://${proxy.host}`).exchange(get(host), limits);
    expect((await buffer(received.body)).toString()).toBe(`/x ${host}`);
    expect(proxy.seen).toEqual([seen]);
  });

  it("keeps its connection for a caller of many requests", async () => {
    const port = await echo();
    await using proxy = await startSocksProxy({ portOf: () => port });
    const kept = transport(`socks5h://${proxy.host}`, true);
    for (const _ of [1, 2, 3]) await buffer((await kept.exchange(get("service.example"), limits)).body);
    expect(proxy.seen).toHaveLength(1);
    kept.close();
  });

  it.each([
    [1, "general failure"],
    [2, "not allowed by its rules"],
    [5, "connection refused"],
    [9, "code 9"],
  ])("that is refused by code %i is told as %s", async (refuse, reason) => {
    await using proxy = await startSocksProxy({ portOf: () => undefined, refuse });
    await expect(transport(`socks5://${proxy.host}`).exchange(get("a.example"), limits)).rejects.toMatchObject({
      code: "ERR_CONNECTION",
      message: `the proxy that was given refuses to connect to a.example:80: ${reason}`,
    });
  });

  it("logs in where the proxy asks for it, and says what is wrong with the login", async () => {
    const port = await echo();
    await using proxy = await startSocksProxy({ portOf: () => port, login: "me:p@ss" });
    const received = await transport(`socks5://me:p%40ss@${proxy.host}`).exchange(get("a.example"), limits);
    expect((await buffer(received.body)).toString()).toBe("/x a.example");
    const attempt = (login: string) => transport(`socks5://${login}${proxy.host}`).exchange(get("a.example"), limits);
    await expect(attempt("")).rejects.toMatchObject({ message: /a login is needed/, hints: [/write USER:PASSWORD@/] });
    await expect(attempt("me:no@")).rejects.toMatchObject({
      message: /does not accept the login/,
      hints: [/check user name/],
    });
    await expect(attempt(`${"m".repeat(256)}@`)).rejects.toMatchObject({ message: /longer than SOCKS5 allows/ });
  });
});

/** A server in the proxy's place that answers each connection with these bytes, and ends it where told. */
const answering = (bytes: string, ends: boolean) =>
  listen(
    createTcpServer((socket: Socket) => {
      socket.on("error", () => undefined);
      if (bytes !== "") socket.write(Buffer.from(bytes, "latin1"));
      if (ends) socket.end();
    }),
  );
const secure = { protocol: "https:", hostname: "a.example", port: 443 } as const;

describe.each(["http", "socks5"])("something else than a proxy at %s://", (scheme) => {
  it.each([
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n", false, /does not answer as a proxy that speaks (HTTP|SOCKS5)/],
    ["a closed connection", "", true, /the connection was dropped/],
    ["an answer that breaks off", scheme === "http" ? "HTTP/1.1 200" : "\x05", true, /dropped|does not answer/],
  ])("that answers with %s is named", async (_, bytes, ends, message) => {
    const port = await answering(bytes, ends);
    const failure = transport(`${scheme}://127.0.0.1:${port}`).exchange({ ...get("a.example"), ...secure }, limits);
    await expect(failure).rejects.toMatchObject({ code: "ERR_CONNECTION", message });
  });

  it("that stays silent is given up when the connection should be there, and its socket with it", async () => {
    const closed: Promise<unknown>[] = [];
    const port = await listen(createTcpServer((socket) => void closed.push(once(socket.resume(), "close"))));
    const failure = transport(`${scheme}://127.0.0.1:${port}`).exchange(
      { ...get("a.example"), ...secure },
      { connectMs: 200 },
    );
    await expect(failure).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await Promise.all(closed)).toHaveLength(1);
  });

  it("that stays silent is given up when the caller gives up", async () => {
    const closed: Promise<unknown>[] = [];
    const asked = new AbortController();
    const port = await listen(
      createTcpServer((socket) => {
        closed.push(once(socket.resume(), "close"));
        asked.abort(new Error("enough"));
      }),
    );
    const { signal } = asked;
    const failure = transport(`${scheme}://127.0.0.1:${port}`).exchange(
      { ...get("a.example"), ...secure },
      { ...limits, signal },
    );
    await expect(failure).rejects.toThrow("enough");
    expect(await Promise.all(closed)).toHaveLength(1);
  });
});

describe("a tunnel", () => {
  const proxyAt = (url: string) => {
    const proxy = findProxy(secure, { variables: {}, proxy: url });
    if (proxy === undefined) throw new Error("no proxy");
    return proxy;
  };

  it("is asked for an IPv6 address in brackets", async () => {
    await using proxy = await startHttpProxy({ connect: 403 });
    const failure = transport(proxy.url).exchange({ ...get("fd00::1"), ...secure, hostname: "fd00::1" }, limits);
    await expect(failure).rejects.toMatchObject({ message: /refuses to connect to fd00::1:443: HTTP 403/ });
    expect(proxy.seen).toEqual(["[fd00::1]:443"]);
  });

  it("is given up between two words of SOCKS5, without a fault that nobody hears", async () => {
    const givenUp = new AbortController();
    const port = await listen(
      createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => {
          socket.write(Uint8Array.of(5, 0));
          socket.once("data", () => givenUp.abort(new Error("enough")));
        });
      }),
    );
    const proxy = proxyAt(`socks5://127.0.0.1:${port}`);
    await expect(openSocks(secure, proxy, givenUp.signal)).rejects.toThrow("enough");
  });

  it("is not begun for a request that is over", async () => {
    const over = AbortSignal.abort(new Error("over"));
    for (const url of ["http://127.0.0.1:1", "socks5://127.0.0.1:1"]) {
      const agent = createTunnelAgent("https:", proxyAt(url), { rejectUnauthorized: true }, false);
      const failed = new Promise((resolve) => {
        agent.createConnection({ host: "a.example", port: 443, givenUp: over } as never, (error) => resolve(error));
      });
      expect(await failed).toMatchObject({ message: "over" });
    }
  });
});
