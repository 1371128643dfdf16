import { mkdtempSync, rmSync, statSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { parseRoleArn } from "../../../src/aws/arn.js";
import type { SessionCredentials } from "../../../src/aws/credentials.js";
import type { ServedSession } from "../../../src/delivery/metadata-server/answer.js";
import { digestToken } from "../../../src/delivery/metadata-server/authorization.js";
import { parseListenAddress } from "../../../src/delivery/metadata-server/listen-address.js";
import { startMetadataServer } from "../../../src/delivery/metadata-server/metadata-server.js";
import type { MetadataServer, MetadataServerOptions } from "../../../src/delivery/metadata-server/metadata-server.js";
import { NetworkError } from "../../../src/errors.js";

const token = "reader-token-0123456789";
const otherToken = "writer-token-0123456789";
const loopback = parseListenAddress("127.0.0.1:0", "test");

function createSession(accessKeyId: string, lifeMs = 3_600_000): ServedSession {
  const credentials: SessionCredentials = {
    accessKeyId,
    secretAccessKey: "secret",
    sessionToken: "session",
    expiration: new Date(Date.UTC(2099, 0, 1) + lifeMs),
  };
  return {
    get: async () => credentials,
    current: () => ({ credentials, obtainedAtMs: Date.UTC(2026, 0, 1) }),
    refreshIfDue: () => undefined,
  };
}

function createBinding(name: string, secret: string, session = createSession("ASIAREADER"), hops = new Map()) {
  const roleArn = parseRoleArn(`arn:aws:iam::111122223333:role/path/${name}`, "test");
  return { name, roleArn, session, hops, tokenDigest: digestToken(secret) };
}

const servers: MetadataServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.drain(0)));
});

async function start(options: Partial<MetadataServerOptions> = {}): Promise<{ port: number; server: MetadataServer }> {
  const server = await startMetadataServer({
    bindings: [createBinding("reader", token)],
    listen: [loopback],
    dialects: { container: true, metadata: true },
    region: "eu-central-1",
    ...options,
  });
  servers.push(server);
  const [address] = server.addresses;
  return { server, port: address?.kind === "tcp" ? address.port : 0 };
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function send(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
  more: { socketPath?: string; body?: string; agent?: Agent } = {},
): Promise<Reply> {
  const { body, ...connection } = more;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: "127.0.0.1", port, path, headers, method, ...connection }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const ttl = "x-aws-ec2-metadata-token-ttl-seconds";

async function metadataToken(port: number): Promise<string> {
  return (await send(port, "/latest/api/token", { [ttl]: "60" }, "PUT")).body;
}

describe("container credentials", () => {
  test.each([token, `Bearer ${token}`])("answers the holder of the token, sent as %s", async (authorization) => {
    const { port } = await start();
    for (const path of ["/credentials", "/credentials/", "/credentials/reader", "/credentials/reader/"]) {
      const reply = await send(port, path, { authorization });
      expect(reply.status).toBe(200);
      expect(reply.headers["content-type"]).toBe("application/json");
      expect(JSON.parse(reply.body)).toEqual({
        AccessKeyId: "ASIAREADER",
        SecretAccessKey: "secret",
        Token: "session",
        Expiration: "2099-01-01T01:00:00Z",
        AccountId: "111122223333",
      });
    }
  });

  test("leaves the account out for version 3 of the SDK for .NET, which had releases that refuse it", async () => {
    const { port } = await start();
    const membersFor = async (agent: string) => {
      const { body } = await send(port, "/credentials", { authorization: token, "user-agent": agent });
      return Object.keys(JSON.parse(body));
    };
    const common = ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"];
    expect(await membersFor("aws-sdk-dotnet-coreclr/ aws-sdk-dotnet-core/3.7.202.18 .NET_Core/8.0")).toEqual(common);
    expect(await membersFor("aws-sdk-dotnet-coreclr ua/2.1 md/aws-sdk-dotnet-core#4.1.0.0")).toContain("AccountId");
  });

  test("refuses without the token, and never says which part was right", async () => {
    const { port } = await start();
    expect((await send(port, "/credentials")).status).toBe(401);
    const replies = await Promise.all(
      ["/credentials", "/credentials/reader", "/credentials/nobody", "/role-arn/x"].map((path) =>
        send(port, path, { authorization: "wrong" }),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
  });

  test("gives each of several bindings to its own token alone", async () => {
    const { port } = await start({
      bindings: [createBinding("reader", token), createBinding("writer", otherToken, createSession("ASIAWRITER"))],
    });
    const keyOf = async (path: string, authorization: string) => {
      const { status, body } = await send(port, path, { authorization });
      return status === 200 ? JSON.parse(body).AccessKeyId : status;
    };
    expect(await keyOf("/credentials", token)).toBe("ASIAREADER");
    expect(await keyOf("/credentials", otherToken)).toBe("ASIAWRITER");
    expect(await keyOf("/credentials/writer", otherToken)).toBe("ASIAWRITER");
    expect(await keyOf("/credentials/writer", token)).toBe(404);
  });

  test("assumes on demand the roles on the list and no other", async () => {
    const roleArn = parseRoleArn("arn:aws:iam::444455556666:role/deploy", "test");
    const hops = new Map([[roleArn.text, { roleArn, session: createSession("ASIADEPLOY") }]]);
    const { port } = await start({
      bindings: [
        createBinding("reader", token, createSession("ASIAREADER"), hops),
        createBinding("writer", otherToken),
      ],
    });
    const allowed = await send(port, `/role-arn/${roleArn.text}`, { authorization: token });
    expect(JSON.parse(allowed.body)).toMatchObject({ AccessKeyId: "ASIADEPLOY", AccountId: "444455556666" });
    const encoded = await send(port, `/role-arn/${encodeURIComponent(roleArn.text)}`, { authorization: token });
    expect(encoded.status).toBe(200);
    expect((await send(port, `/role-arn/${roleArn.text}x`, { authorization: token })).status).toBe(403);
    expect((await send(port, "/role-arn/%zz", { authorization: token })).status).toBe(403);
    expect((await send(port, `/role-arn/${roleArn.text}`, { authorization: otherToken })).status).toBe(403);
  });

  test("is off when not asked for", async () => {
    const { port } = await start({ dialects: { container: false, metadata: true } });
    expect((await send(port, "/credentials", { authorization: token })).status).toBe(404);
  });
});

describe("instance metadata service", () => {
  test("issues a token and echoes its life", async () => {
    const { port } = await start();
    const reply = await send(port, "/latest/api/token", { [ttl]: "21600" }, "PUT");
    expect(reply).toMatchObject({ status: 200, headers: { "content-type": "text/plain", [ttl]: "21600" } });
    expect(reply.body).toMatch(/^[\w+/=]{56}$/);
  });

  test.each([undefined, "0", "21601", "x"])("refuses a token life of %s", async (life) => {
    const { port } = await start();
    const headers: Record<string, string> = life === undefined ? {} : { [ttl]: life };
    expect((await send(port, "/latest/api/token", headers, "PUT")).status).toBe(400);
  });

  test("names the role and gives its document", async () => {
    const { port } = await start();
    const headers = { "x-aws-ec2-metadata-token": await metadataToken(port) };
    const base = "/latest/meta-data/iam/security-credentials";
    for (const path of [base, `${base}/`]) {
      const named = await send(port, path, headers);
      expect(named.body).toBe("reader");
      expect(Number(named.headers[ttl])).toBeGreaterThan(50);
    }
    for (const path of [`${base}/reader`, `${base}/reader/`]) {
      expect(JSON.parse((await send(port, path, headers)).body)).toEqual({
        Code: "Success",
        LastUpdated: "2026-01-01T00:00:00Z",
        Type: "AWS-HMAC",
        AccessKeyId: "ASIAREADER",
        SecretAccessKey: "secret",
        Token: "session",
        Expiration: "2099-01-01T01:00:00Z",
      });
    }
  });

  test("gives the account in the extended document alone, since readers of EC2's may refuse a member they do not know", async () => {
    const { port } = await start();
    const headers = { "x-aws-ec2-metadata-token": await metadataToken(port) };
    const base = "/latest/meta-data/iam/security-credentials-extended";
    expect((await send(port, `${base}/`, headers)).body).toBe("reader");
    expect(JSON.parse((await send(port, `${base}/reader`, headers)).body)).toMatchObject({
      Code: "Success",
      AccessKeyId: "ASIAREADER",
      AccountId: "111122223333",
    });
    expect((await send(port, `${base}/writer`, headers)).status).toBe(404);
    expect((await send(port, `${base}/reader`)).status).toBe(401);
  });

  test("tells the instance profile as EC2 does", async () => {
    const { port } = await start();
    const headers = { "x-aws-ec2-metadata-token": await metadataToken(port) };
    expect(JSON.parse((await send(port, "/latest/meta-data/iam/info", headers)).body)).toEqual({
      Code: "Success",
      LastUpdated: "2026-01-01T00:00:00Z",
      InstanceProfileArn: "arn:aws:iam::111122223333:instance-profile/reader",
    });
    expect((await send(port, "/latest/meta-data/iam/info")).status).toBe(401);
  });

  test("takes the doubled slash of an endpoint that ends in one", async () => {
    const { port } = await start();
    const token = (await send(port, "//latest/api/token", { [ttl]: "60" }, "PUT")).body;
    const headers = { "x-aws-ec2-metadata-token": token };
    expect((await send(port, "//latest/meta-data/iam/security-credentials/reader", headers)).status).toBe(200);
    expect((await send(port, "//credentials/", { authorization: "reader-token-0123456789" })).status).toBe(200);
  });

  test.each([
    ["/latest/meta-data/placement/region", "eu-central-1"],
    ["/latest/meta-data/placement/availability-zone/", "eu-central-1a"],
    [
      "/latest/dynamic/instance-identity/document",
      '{"version":"2017-09-30","accountId":"111122223333","region":"eu-central-1","availabilityZone":"eu-central-1a"}',
    ],
  ])("answers %s", async (path, body) => {
    const { port } = await start();
    expect((await send(port, path, { "x-aws-ec2-metadata-token": await metadataToken(port) })).body).toBe(body);
    expect((await send(port, path)).status).toBe(401);
  });

  test("has no version 1, no unknown role and no other method", async () => {
    const { port } = await start();
    const base = "/latest/meta-data/iam/security-credentials";
    const headers = { "x-aws-ec2-metadata-token": await metadataToken(port) };
    const statusOf = async (path: string, more: Record<string, string> = headers, method = "GET") =>
      (await send(port, path, more, method)).status;
    expect(await statusOf(base, {})).toBe(401);
    expect(await statusOf(`${base}/reader`, {})).toBe(401);
    expect(await statusOf(base, { "x-aws-ec2-metadata-token": "invented" })).toBe(401);
    expect(await statusOf(`${base}/writer`)).toBe(404);
    expect(await statusOf("/latest/meta-data/")).toBe(404);
    expect(await statusOf(base, headers, "POST")).toBe(405);
    expect(await statusOf("/latest/api/token")).toBe(405);
    expect(await statusOf("/latest/api/token", { [ttl]: "60", "x-forwarded-for": "10.0.0.1" }, "PUT")).toBe(400);
  });

  test("is off when not asked for", async () => {
    const { port } = await start({ dialects: { container: true, metadata: false } });
    expect((await send(port, "/latest/api/token", { [ttl]: "60" }, "PUT")).status).toBe(404);
  });
});

test("every response from memory starts a refresh that is due", async () => {
  let asked = 0;
  const session: ServedSession = { ...createSession("ASIAREADER"), refreshIfDue: () => void (asked += 1) };
  const { port } = await start({ bindings: [createBinding("reader", token, session)] });
  expect((await send(port, "/credentials", { authorization: token })).status).toBe(200);
  const headers = { "x-aws-ec2-metadata-token": await metadataToken(port) };
  expect((await send(port, "/latest/meta-data/iam/security-credentials/reader", headers)).status).toBe(200);
  expect(asked).toBe(2);
});

describe("a server without a valid session", () => {
  const failing: ServedSession = {
    get: () => Promise.reject(new NetworkError("ERR_CONNECTION", "cannot reach rolesanywhere.eu-central-1")),
    current: () => undefined,
    refreshIfDue: () => undefined,
  };

  test("answers 503 with the reason, never an empty success", async () => {
    const { port } = await start({ bindings: [createBinding("reader", token, failing)] });
    const container = await send(port, "/credentials", { authorization: token });
    expect(container).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(JSON.parse(container.body)).toMatchObject({
      code: "ERR_CONNECTION",
      message: "cannot reach rolesanywhere.eu-central-1",
    });
    const headers = { "x-aws-ec2-metadata-token": await metadataToken(port) };
    const metadata = await send(port, "/latest/meta-data/iam/security-credentials/reader", headers);
    expect(metadata.status).toBe(503);
    expect((await send(port, "/healthz")).status).toBe(503);
  });

  test("answers within a second while the first session hangs", async () => {
    const hanging = { ...failing, get: () => new Promise<never>(() => undefined) };
    const { port } = await start({ bindings: [createBinding("reader", token, hanging)] });
    const reply = await send(port, "/credentials", { authorization: token });
    expect(reply.status).toBe(503);
    expect(reply.body).toContain("still being requested");
  });
});

describe("the server itself", () => {
  test("tells its health and its metrics", async () => {
    const { port } = await start();
    expect(await send(port, "/healthz")).toMatchObject({ status: 200, body: "ok\n" });
    await send(port, "/credentials", { authorization: token });
    await send(port, "/no/such/path/1");
    const { body } = await send(port, "/metrics");
    expect(body).toContain('rolesanywhere_ts_requests_total{route="credentials",status="200"} 1\n');
    expect(body).toContain('rolesanywhere_ts_requests_total{route="other",status="404"} 1\n');
    expect(body).toContain('rolesanywhere_ts_session_valid{session="reader"} 1\n');
    expect(body).not.toContain("secret");
  });

  test("refuses web pages, foreign hosts and bodies on every route", async () => {
    const { port } = await start();
    for (const path of ["/credentials", "/latest/api/token", "/healthz", "/nowhere"]) {
      expect((await send(port, path, { host: "evil.example" })).status).toBe(403);
      expect((await send(port, path, { origin: "https://evil.example" })).status).toBe(403);
      expect((await send(port, path, {}, "PUT", { body: "x" })).status).toBe(413);
    }
  });

  test("accepts any port in Host where a port mapping may stand between", async () => {
    const { port } = await start({ listen: [parseListenAddress("0.0.0.0:0", "test")], allowRemote: true });
    expect((await send(port, "/healthz", { host: "10.1.2.3:80" })).status).toBe(200);
    expect((await send(port, "/healthz", { host: "evil.example" })).status).toBe(403);
  });

  test("ends a connection that is slow with its headers", async () => {
    const { port } = await start();
    const socket = connect(port, "127.0.0.1");
    const received: Buffer[] = [];
    socket.on("data", (chunk) => received.push(chunk));
    socket.write("GET /credentials HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1.1 408 /);
  });

  test("refuses headers beyond the limit and garbage", async () => {
    const { port } = await start();
    const exchange = (bytes: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, "127.0.0.1");
        const received: Buffer[] = [];
        socket.on("data", (chunk) => received.push(chunk));
        socket.once("close", () => resolve(Buffer.concat(received).toString()));
        socket.on("error", () => undefined);
        socket.write(bytes);
      });
    expect(await exchange(`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    expect(await exchange("\u0016\u0003\u0001 hello\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
  });

  test("listens on several addresses at once, a unix socket among them that only its owner can use", async () => {
    const folder = mkdtempSync(join(tmpdir(), "serve-"));
    try {
      const socketPath = join(folder, "socket");
      const unix = parseListenAddress(`unix:${socketPath}`, "test");
      const { port, server } = await start({ listen: [loopback, unix] });
      expect((await send(port, "/healthz")).status).toBe(200);
      expect((await send(0, "/healthz", {}, "GET", { socketPath })).status).toBe(200);
      expect(statSync(socketPath).mode & 0o777).toBe(0o600);
      expect(server.addresses[1]).toEqual(unix);
      await expect(start({ listen: [unix] })).rejects.toThrow("another program listens there");
    } finally {
      await servers.pop()?.drain(0);
      rmSync(folder, { recursive: true });
    }
  });

  test("refuses to be reached from other machines unless that is meant", async () => {
    const everywhere = parseListenAddress("[::]:0", "test");
    await expect(start({ listen: [everywhere] })).rejects.toThrow("[::]:0 is not a loopback address");
  });

  test("says why it cannot listen", async () => {
    const { port } = await start();
    const taken = parseListenAddress(`127.0.0.1:${port}`, "test");
    await expect(start({ listen: [taken] })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: another program listens there (EADDRINUSE)`,
    );
  });

  test("drains: finishes answers under way and refuses new connections", async () => {
    let release: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ready = createSession("ASIALATE");
    let asked: (() => void) | undefined;
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let open = false;
    const slow: ServedSession = {
      get: async () => {
        asked?.();
        await gate;
        open = true;
        return ready.get();
      },
      current: () => (open ? ready.current() : undefined),
      refreshIfDue: () => undefined,
    };
    const { port, server } = await start({ bindings: [createBinding("reader", token, slow)] });
    const agent = new Agent({ keepAlive: true });
    const idle = await send(port, "/nowhere", {}, "GET", { agent });
    expect(idle.status).toBe(404);
    const underWay = send(port, "/credentials", { authorization: token });
    await arrived;
    const drained = server.drain();
    release?.();
    expect(await underWay).toMatchObject({ status: 200, headers: { connection: "close" } });
    await drained;
    await expect(send(port, "/healthz")).rejects.toThrow("ECONNREFUSED");
    agent.destroy();
  });
});
