import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpRequest } from "../../../src/aws/http/exchange.js";
import { defaultTimeouts, shortTimeouts } from "../../../src/aws/http/exchange.js";
import { createSdkHandler } from "../../../src/aws/http/sdk-handler.js";
import { joinHeaders } from "../../../src/aws/http/header-fields.js";
import { createSender } from "../../../src/aws/http/send.js";
import { createTransport } from "../../../src/aws/http/transport.js";
import type { Transport, TransportOptions } from "../../../src/aws/http/transport.js";
import { HttpRequest as SdkRequest } from "@smithy/core/protocols";
import { startHttpProxy } from "../../support/http-proxy.js";

const plain: TransportOptions = { verifySsl: true, caBundle: undefined, variables: {} };
const limits = { connectMs: 5_000, firstByteMs: 5_000 };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => {
    server.once("listening", resolve);
  });
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  ends.push(() => server.closeAllConnections());
  return listen(server);
}

/** A server that writes these bytes to each connection, and nothing when there are none. */
async function serveBytes(bytes: string | undefined): Promise<number> {
  const server = createTcpServer((socket) => {
    ends.push(() => socket.destroy());
    socket.on("error", () => undefined);
    socket.once("data", () => void (bytes !== undefined && socket.end(bytes)));
  });
  return listen(server);
}

function transportOf(options: Partial<TransportOptions> = {}): Transport {
  const transport = createTransport({ ...plain, ...options });
  ends.push(() => transport.close());
  return transport;
}

const get = (port: number, more: Partial<HttpRequest> = {}): HttpRequest => ({
  protocol: "http:",
  hostname: "127.0.0.1",
  port,
  method: "GET",
  target: "/a%20b?x=1&x=2",
  headers: [["host", "name.example"]],
  body: undefined,
  ...more,
});

describe("an exchange", () => {
  it("sends target and fields as they stand, and adds nothing but connection", async () => {
    const seen: unknown[] = [];
    const port = await serve(({ method, url, rawHeaders }, response) => {
      seen.push(method, url, rawHeaders);
      response.end();
    });
    const headers: HttpRequest["headers"] = [
      ["host", "name.example"],
      ["X-Twice", "1"],
      ["x-twice", "2"],
      ["x-utf8", "ö"],
      ["content-length", "0"],
    ];
    const { discard } = await transportOf().exchange(get(port, { method: "PUT", headers }), limits);
    discard();
    const utf8 = Buffer.from("ö").toString("latin1");
    expect(seen).toEqual([
      "PUT",
      "/a%20b?x=1&x=2",
      [
        "host",
        "name.example",
        "X-Twice",
        "1",
        "x-twice",
        "2",
        "x-utf8",
        utf8,
        "content-length",
        "0",
        "connection",
        "close",
      ],
    ]);
  });

  it("keeps a connection field that is given", async () => {
    let connection: string | undefined;
    const port = await serve((request, response) => {
      ({ connection } = request.headers);
      response.end();
    });
    (
      await transportOf().exchange(
        get(port, {
          headers: [
            ["host", "a"],
            ["Connection", "upgrade"],
          ],
        }),
        limits,
      )
    ).discard();
    expect(connection).toBe("upgrade");
  });

  it("gives status, fields and body as they come, and follows no redirect", async () => {
    const port = await serve((_, response) => {
      response.writeHead(
        302,
        "Found Elsewhere",
        [
          ["Location", "/b"],
          ["X-Two", "1"],
          ["X-Two", "2"],
        ].flat(),
      );
      response.end("body");
    });
    const received = await transportOf().exchange(get(port), limits);
    expect(received).toMatchObject({ statusCode: 302, statusMessage: "Found Elsewhere", httpVersion: "1.1" });
    expect(received.headers).toEqual(
      expect.arrayContaining([
        ["Location", "/b"],
        ["X-Two", "1"],
        ["X-Two", "2"],
      ]),
    );
    expect(await text(received.body)).toBe("body");
  });

  it("sends a body that is text, or one that is read once the connection is there", async () => {
    const bodies: string[] = [];
    const port = await serve((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        response.end();
      });
    });
    const send = (body: HttpRequest["body"]) =>
      transportOf().exchange(
        get(port, {
          method: "POST",
          headers: [
            ["host", "a"],
            ["content-length", "4"],
          ],
          body,
        }),
        limits,
      );
    (await send("text")).discard();
    (
      await send(async function* () {
        yield Buffer.from("pi");
        yield Buffer.from("pe");
      })
    ).discard();
    expect(bodies).toEqual(["text", "pipe"]);
  });

  it("ends with the fault of a body that cannot be read", async () => {
    const port = await serve(() => undefined);
    // oxlint-disable-next-line require-yield -- it fails before its first piece
    const body = async function* (): AsyncGenerator<Uint8Array> {
      throw new Error("the pipe broke");
    };
    const request = get(port, {
      method: "POST",
      headers: [
        ["host", "a"],
        ["content-length", "4"],
      ],
      body,
    });
    await expect(transportOf().exchange(request, limits)).rejects.toThrow("the pipe broke");
  });

  it("has a connection of its own each time, unless connections are kept", async () => {
    const ports: (number | undefined)[] = [];
    const port = await serve(({ socket }, response) => {
      ports.push(socket.remotePort);
      response.end("x");
    });
    for (const keepAlive of [false, true]) {
      const transport = transportOf({ keepAlive });
      ports.length = 0;
      for (let count = 0; count < 3; count++) {
        await text((await transport.exchange(get(port), limits)).body);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      expect(new Set(ports).size).toBe(keepAlive ? 1 : 3);
    }
  });

  it("takes heads of 100 KiB", async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { "x-long": "x".repeat(100 * 1024) });
      response.end();
    });
    const { headers, discard } = await transportOf().exchange(get(port), limits);
    discard();
    expect(headers.find(([name]) => name === "x-long")?.[1]).toHaveLength(100 * 1024);
  });

  it("forwards plain HTTP by the proxy, over the transport's variables", async () => {
    const port = await serve((_, response) => response.end("there"));
    await using proxy = await startHttpProxy({ portOf: () => port });
    for (const keepAlive of [false, true]) {
      const { body } = await transportOf({ keepAlive, variables: { HTTP_PROXY: proxy.url } }).exchange(
        { ...get(8000), hostname: "plain.example" },
        limits,
      );
      expect(await text(body)).toBe("there");
    }
    expect(proxy.seen).toEqual([1, 2].map(() => "http://plain.example:8000/a%20b?x=1&x=2"));
  });
});

describe("the limits of an exchange", () => {
  it("end a connection that is not there in time", async () => {
    // The handshake never ends, which belongs to the connection.
    const port = await serveBytes(undefined);
    const exchange = transportOf().exchange(get(port, { protocol: "https:" }), { connectMs: 60, firstByteMs: 50_000 });
    await expect(exchange).rejects.toMatchObject({ code: "ERR_TIMEOUT", message: expect.stringContaining("0.06 s") });
  });

  it("end a wait for a proxy that takes the connection and says nothing, and drop it", async () => {
    for (const giveUp of ["time", "signal"] as const) {
      const sockets: Socket[] = [];
      const caller = new AbortController();
      const silent = createTcpServer((socket) => {
        sockets.push(socket.on("error", () => undefined).resume());
        if (giveUp === "signal") caller.abort(new Error("given up"));
      });
      silent.listen(0, "127.0.0.1");
      await once(silent, "listening");
      try {
        const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
        const exchange = transportOf({ variables: { HTTPS_PROXY: proxy } }).exchange(
          get(443, { protocol: "https:", hostname: "host.example" }),
          { connectMs: giveUp === "time" ? 1_000 : 50_000, signal: caller.signal },
        );
        await expect(exchange).rejects.toMatchObject(
          giveUp === "time" ? { code: "ERR_TIMEOUT" } : { message: "given up" },
        );
        for (const socket of sockets) if (!socket.closed) await once(socket, "close");
      } finally {
        silent.close();
      }
    }
  });

  it("end a wait for the first byte", async () => {
    const port = await serve(() => undefined);
    await expect(transportOf().exchange(get(port), { connectMs: 50_000, firstByteMs: 60 })).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      message: expect.stringContaining("0.06 s"),
    });
  });

  it("let an answer that has begun go on beyond them", async () => {
    const port = await serve((_, response) => {
      response.write("be");
      setTimeout(() => response.end("gun"), 200);
    });
    const { body } = await transportOf().exchange(get(port), { connectMs: 5_000, firstByteMs: 150 });
    expect(await text(body)).toBe("begun");
  });

  it("end a silence in the body", async () => {
    const port = await serve((_, response) => void response.write("be"));
    const { body, fault } = await transportOf().exchange(get(port), { connectMs: 5_000, idleMs: 80 });
    const error: unknown = await text(body).catch((found: unknown) => fault(found));
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(TIMEOUT|CONNECTION)$/) });
  });

  it("end with the signal's reason, before, during and after the head", async () => {
    const reason = new Error("enough");
    const waiting = await serve(() => undefined);
    await expect(transportOf().exchange(get(waiting), { ...limits, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    const exchange = transportOf().exchange(get(waiting), { ...limits, signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(exchange).rejects.toBe(reason);
    const begun = await serve((_, response) => void response.write("be"));
    const later = new AbortController();
    const received = await transportOf().exchange(get(begun), { ...limits, signal: later.signal });
    later.abort(reason);
    await expect(
      text(received.body).catch(async (error: unknown) => Promise.reject(await received.fault(error))),
    ).rejects.toBe(reason);
  });

  it("of a whole call leave a reader of 60 seconds some time, and a fallback answers within five", () => {
    expect(defaultTimeouts.overallMs).toBeGreaterThanOrEqual(40_000);
    expect(defaultTimeouts.overallMs).toBeLessThan(60_000);
    expect(shortTimeouts.overallMs).toBeLessThan(5_000);
    for (const { connectMs, firstByteMs, overallMs } of [defaultTimeouts, shortTimeouts]) {
      expect(connectMs).toBeGreaterThanOrEqual(1_000);
      expect(firstByteMs).toBeGreaterThan(connectMs);
      expect(overallMs).toBeGreaterThan(firstByteMs);
    }
  });
});

describe("a sender", () => {
  const sender = () => createSender({ ...plain, timeouts: defaultTimeouts });
  const signal = new AbortController().signal;

  it("collects an answer, its fields by lower-case name, repeated ones joined", async () => {
    const port = await serve((_, response) => {
      response.writeHead(
        200,
        [
          ["X-Two", "1"],
          ["x-two", "2"],
        ].flat(),
      );
      response.write("ö".slice(0, 1));
      response.end("!");
    });
    expect(await sender()(get(port), signal)).toMatchObject({
      statusCode: 200,
      body: "ö!",
      headers: { "x-two": "1, 2" },
    });
    expect(
      joinHeaders([
        ["A", "1"],
        ["b", "2"],
        ["a", "3"],
      ]),
    ).toEqual({ a: "1, 3", b: "2" });
  });

  it("refuses an answer longer than a MiB", async () => {
    const port = await serve((_, response) => response.end("x".repeat(1024 * 1024 + 1)));
    await expect(sender()(get(port), signal)).rejects.toMatchObject({ code: "ERR_CONNECTION" });
    const fits = await serve((_, response) => response.end("x".repeat(1024 * 1024)));
    expect((await sender()(get(fits), signal)).body).toHaveLength(1024 * 1024);
  });

  it.each([
    ["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", /./],
    ["not HTTP\r\n\r\n", /HPE_/],
  ])("puts an answer of %j into words that name the host", async (bytes, words) => {
    const port = await serveBytes(bytes);
    await expect(sender()(get(port), signal)).rejects.toMatchObject({
      code: "ERR_CONNECTION",
      message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*${words.source}`)),
    });
  });
});

describe("the handler of an SDK client", () => {
  it("sends the SDK's request and gives the answer in the SDK's form", async () => {
    const seen: unknown[] = [];
    const port = await serve((request, response) => {
      void text(request).then((body) => {
        seen.push(request.method, request.url, request.headers["x-a"], body);
        response.writeHead(201, { "X-B": "2" });
        response.end("answer");
      });
    });
    const handler = createSdkHandler(plain, limits);
    ends.push(() => handler.destroy?.());
    const base = {
      protocol: "http:",
      hostname: "127.0.0.1",
      port,
      path: "/p",
      headers: { host: "h", "x-a": "1", "content-length": "2" },
    };
    for (const body of ["ab", new Uint8Array([97, 98])]) {
      const request = new SdkRequest({ ...base, method: "POST", query: { q: "1 2", r: ["3", "4"] }, body });
      const { response } = await handler.handle(request);
      expect(response).toMatchObject({ statusCode: 201, reason: "Created", headers: { "x-b": "2" } });
      expect(await text(response.body as AsyncIterable<Uint8Array> & NodeJS.ReadableStream)).toBe("answer");
    }
    expect(seen.slice(0, 4)).toEqual(["POST", "/p?q=1%202&r=3&r=4", "1", "ab"]);
    expect(seen[7]).toBe("ab");
    expect(handler.metadata?.handlerProtocol).toBe("http/1.1");
  });

  it("ends with the client's signal", async () => {
    const port = await serve(() => undefined);
    const controller = new AbortController();
    const reason = new Error("enough");
    const request = new SdkRequest({ protocol: "http:", hostname: "127.0.0.1", port, method: "GET", path: "/" });
    const handled = createSdkHandler(plain, limits).handle(request, { abortSignal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await expect(handled).rejects.toBe(reason);
  });
});
