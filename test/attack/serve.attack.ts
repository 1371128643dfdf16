import { chownSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { connect as connectSecurely } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import { afterShell, startCli } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { credentials, readServed } from "../support/served.js";
import type { Served } from "../support/served.js";
import { requireCondition, requireTools } from "../support/tools.js";

const isRoot = process.getuid?.() === 0;
const asStranger = ["--reuid=12345", "--regid=12345", "--clear-groups"];
const canSwitch =
  requireCondition("serve beside another user", isRoot, "a run as root") &&
  requireTools("serve beside another user", "setpriv", "curl");

let identity: EmulatedIdentity;
let plain: Served;
let secure: Served;
let socketPath: string;
let metadataToken: string;
const running: RunningCli[] = [];
const sockets: Socket[] = [];

function start(...words: readonly string[]): RunningCli {
  const cli = startCli(["serve", ...identity.flags, "--role-arn", identity.roleArn("Demo"), ...words], {
    env: { XDG_RUNTIME_DIR: createScratch("runtime") },
  });
  running.push(cli);
  return cli;
}

beforeAll(async () => {
  identity = await createEmulatedIdentity();
  const folder = createScratch("tls");
  const { root } = identity.emulator;
  const issued = issueCertificate(keyOf("ec-p256", "server"), { alternativeNames: [["ip", "127.0.0.1"]] }, root);
  writeFileSync(join(folder, "cert.pem"), issued.pem, { mode: 0o600 });
  writeFileSync(join(folder, "key.pem"), issued.key.privateKeyPem, { mode: 0o600 });
  socketPath = join(createScratch("unix"), "socket");
  [plain, secure] = await Promise.all([
    readServed(start("--listen", "127.0.0.1:0", "--listen", `unix:${socketPath}`)),
    readServed(start("--port", "0", "--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "key.pem"))),
  ]);
  metadataToken = /\r\n\r\n(\S+)$/.exec(await ask(`PUT /latest/api/token HTTP/1.1\r\n${host()}${ttl}\r\n`))?.[1] ?? "";
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await Promise.all(running.map((cli) => cli.stop("SIGKILL")));
  await identity.emulator.stop();
});

const ttl = "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n";
const portOf = ({ url }: Served) => Number(new URL(url).port);
const host = (served = plain) => `Host: 127.0.0.1:${portOf(served)}\r\n`;
const authorized = (served = plain) => `Authorization: ${served.token}\r\n`;

function openTo(where: Served | string): Socket {
  if (typeof where === "string") return connect({ path: where });
  const place = { host: "127.0.0.1", port: portOf(where) };
  return where === secure ? connectSecurely({ ...place, ca: identity.emulator.root.pem }) : connect(place);
}

/** Sends bytes as they are and gives all that comes back, until the server ends it or says nothing for a while. */
function ask(bytes: string | Buffer, where: Served | string = plain): Promise<string> {
  return new Promise((resolve) => {
    const socket = openTo(where);
    sockets.push(socket);
    let received = "";
    let quiet: NodeJS.Timeout | undefined;
    const settle = () => {
      clearTimeout(quiet);
      socket.destroy();
      resolve(received);
    };
    const waitOn = (ms: number) => {
      clearTimeout(quiet);
      quiet = setTimeout(settle, ms);
    };
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      waitOn(150);
    });
    socket.on("error", () => undefined).on("close", settle);
    socket.write(bytes);
    waitOn(1500);
  });
}

const statusesOf = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

/** Nothing of a session, and no token of the metadata service. */
function expectRefused(answer: string): void {
  expect(answer).not.toMatch(/SecretAccessKey|ASIA/);
  expect(statusesOf(answer).filter((status) => status < 400)).toEqual([]);
}

/** The three ways to something of value, each with everything it needs but what the probe changes. */
const doors = {
  "container credentials": (served: Served) => `GET /credentials HTTP/1.1\r\n${authorized(served)}`,
  "a metadata token": () => `PUT /latest/api/token HTTP/1.1\r\n${ttl}`,
  "metadata credentials": () =>
    `GET /latest/meta-data/iam/security-credentials/Demo HTTP/1.1\r\nX-aws-ec2-metadata-token: ${metadataToken}\r\n`,
} satisfies Record<string, (served: Served) => string>;
const doorNames = Object.keys(doors) as (keyof typeof doors)[];

const fillers = (count: number) => Array.from({ length: count }, (_, index) => `X-Filler-${index}: a\r\n`).join("");

test.each(doorNames)("the door to %s opens to a reader, so that a refusal below is one", async (door) => {
  expect(statusesOf(await ask(`${doors[door](plain)}${host()}\r\n`))).toEqual([200]);
});

describe.each(doorNames)("guards of %s", (door) => {
  test.each([
    "Origin: http://evil.example",
    "Origin: null",
    "oRiGiN: http://127.0.0.1",
    "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Site: same-site",
    "X-Forwarded-For: 10.0.0.1",
    "x-forwarded-for:",
    "X-FORWARDED-FOR: 127.0.0.1",
    "Forwarded: for=10.0.0.1",
    "Via: 1.1 proxy",
  ])("%s", async (line) => {
    expectRefused(await ask(`${doors[door](plain)}${host()}${line}\r\n\r\n`));
  });

  test.each([30, 58, 61, 62, 63, 64, 65, 128, 500, 1500])("X-Forwarded-For behind %d other headers", async (count) => {
    const answer = await ask(`${doors[door](plain)}${host()}${fillers(count)}X-Forwarded-For: 10.0.0.1\r\n\r\n`);
    expectRefused(answer);
  });

  test.each([
    "Host: evil.example",
    "Host: 127.0.0.1.evil.example:9911",
    "Host: 127.0.0.1",
    "Host: 127.0.0.1:1",
    "Host: [::1]evil.example",
    "Host: localhost.evil.example",
    "Host: localhost@evil.example",
    "Host:",
    "Host: 127.0.0.1 evil.example",
  ])("%s", async (line) => {
    expectRefused(await ask(`${doors[door](plain)}${line}\r\n\r\n`));
  });

  test("two Host headers, the right one first", async () => {
    expectRefused(await ask(`${doors[door](plain)}${host()}Host: evil.example\r\n\r\n`));
  });

  test("two Host headers, the right one last", async () => {
    expectRefused(await ask(`${doors[door](plain)}Host: evil.example\r\n${host()}\r\n`));
  });

  test("no Host at all", async () => {
    expectRefused(await ask(`${doors[door](plain)}\r\n`));
    expectRefused(await ask(`${doors[door](plain).replace("HTTP/1.1", "HTTP/1.0")}\r\n`));
  });

  test("a folded header that hides the guard's", async () => {
    expectRefused(await ask(`${doors[door](plain)}${host()}X-A: b\r\n X-Forwarded-For: 10.0.0.1\r\n\r\n`));
    expectRefused(await ask(`${doors[door](plain)}Host: evil.example\r\n 127.0.0.1\r\n\r\n`));
  });

  test("a name with a blank before its colon", async () => {
    expectRefused(await ask(`${doors[door](plain)}${host()}X-Forwarded-For : 10.0.0.1\r\n\r\n`));
  });

  test("lines that end in a bare CR or LF", async () => {
    expectRefused(await ask(`${doors[door](plain)}${host()}X-A: b\rX-Forwarded-For: 10.0.0.1\r\n\r\n`));
    expectRefused(await ask(`${doors[door](plain)}${host()}X-A: b\nX-Forwarded-For: 10.0.0.1\r\n\r\n`));
  });

  test.each([
    "Content-Length: 5\r\n\r\nhello",
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
    "Content-Length: +5\r\n\r\nhello",
    "Content-Length: 0x5\r\n\r\nhello",
  ])("a body: %j", async (rest) => {
    expectRefused(await ask(`${doors[door](plain)}${host()}${rest}`));
  });

  test("a second request in the body of a first one", async () => {
    const second = `${doors[door](plain)}${host()}\r\n`;
    const first = `POST /nowhere HTTP/1.1\r\n${host()}Content-Length: ${second.length}\r\n\r\n`;
    expectRefused(await ask(first + second));
  });

  test("the request target of a proxy", async () => {
    const absolute = doors[door](plain).replace(" /", ` http://127.0.0.1:${portOf(plain)}/`);
    expectRefused(await ask(`${absolute}${host()}\r\n`));
    expectRefused(await ask(`${doors[door](plain).replace(" /", " @evil.example/")}${host()}\r\n`));
  });

  test("a wrong method", async () => {
    for (const method of ["POST", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "PATCH"]) {
      // oxlint-disable-next-line no-await-in-loop -- one probe after the other
      expectRefused(await ask(`${doors[door](plain).replace(/^\w+/, method)}${host()}\r\n`));
    }
  });

  test("over a unix socket, too, as far as a page or a proxy shows", async () => {
    expectRefused(await ask(`${doors[door](plain)}Host: x\r\n${fillers(64)}X-Forwarded-For: 1\r\n\r\n`, socketPath));
    expectRefused(await ask(`${doors[door](plain)}Host: x\r\nOrigin: null\r\n\r\n`, socketPath));
  });
});

describe("tokens", () => {
  test.each(["", "Bearer", "Bearer ", "null", "x".repeat(43), "x".repeat(10_000), "Basic Og=="])(
    "container credentials for the token %j",
    async (token) => {
      expectRefused(await ask(`GET /credentials HTTP/1.1\r\n${host()}Authorization: ${token}\r\n\r\n`));
    },
  );

  test("a right token that is not the only one", async () => {
    const first = `GET /credentials HTTP/1.1\r\n${host()}${authorized()}Authorization: other\r\n\r\n`;
    expectRefused(await ask(first));
    expectRefused(await ask(`GET /credentials HTTP/1.1\r\n${host()}Authorization: other\r\n${authorized()}\r\n`));
  });

  test("a token that lacks its last character, or has one more", async () => {
    for (const token of [plain.token.slice(0, -1), `${plain.token}x`, plain.token.toUpperCase()]) {
      // oxlint-disable-next-line no-await-in-loop -- one probe after the other
      expectRefused(await ask(`GET /credentials HTTP/1.1\r\n${host()}Authorization: ${token}\r\n\r\n`));
    }
  });

  test("a token in the query", async () => {
    expectRefused(await ask(`GET /credentials?token=${plain.token} HTTP/1.1\r\n${host()}\r\n`));
  });

  test("another server's token", async () => {
    expectRefused(await ask(`GET /credentials HTTP/1.1\r\n${host()}${authorized(secure)}\r\n`));
  });

  test("metadata credentials without a token, as version 1 had them", async () => {
    for (const path of ["/", "/Demo"]) {
      const target = `/latest/meta-data/iam/security-credentials${path}`;
      // oxlint-disable-next-line no-await-in-loop -- one probe after the other
      expectRefused(await ask(`GET ${target} HTTP/1.1\r\n${host()}\r\n`));
    }
  });

  test("an invented metadata token, two of them, and the container's", async () => {
    const name = "X-aws-ec2-metadata-token";
    const lines = [
      `${name}: ${"A".repeat(56)}\r\n`,
      `${name}: ${plain.token}\r\n`,
      `${name}: ${metadataToken}\r\n${name}: x\r\n`,
      `${name}: x\r\n${name}: ${metadataToken}\r\n`,
    ];
    for (const line of lines) {
      const target = "/latest/meta-data/iam/security-credentials-extended/Demo";
      // oxlint-disable-next-line no-await-in-loop -- one probe after the other
      expectRefused(await ask(`GET ${target} HTTP/1.1\r\n${host()}${line}\r\n`));
    }
  });

  test.each(["0", "-1", "21601", "1e3", "60, 60", "", "٦٠"])("a metadata token for a life of %j", async (life) => {
    const line = `X-aws-ec2-metadata-token-ttl-seconds: ${life}\r\n`;
    expectRefused(await ask(`PUT /latest/api/token HTTP/1.1\r\n${host()}${line}\r\n`));
  });

  test("a metadata token by GET, as an image of a web page would ask", async () => {
    expectRefused(await ask(`GET /latest/api/token HTTP/1.1\r\n${host()}${ttl}\r\n`));
  });
});

describe("paths", () => {
  test.each([
    "/credentials/..",
    "/credentials/../metrics/../credentials",
    "/credentials/Demo%00",
    "/credentials/%2e%2e/Demo",
    "/credentials/Other",
    "/Credentials",
    "/credentials%2f",
    "/role-arn/arn:aws:iam::111122223333:role/Target",
    "/role-arn/__proto__",
    "/role-arn/constructor",
    "/metadata/../credentials",
  ])("%s with a right token", async (path) => {
    expectRefused(await ask(`GET ${path} HTTP/1.1\r\n${host()}${authorized()}\r\n`));
  });

  test("health and metrics tell no secret", async () => {
    const answers = await Promise.all(
      ["/healthz", "/metrics"].map((path) => ask(`GET ${path} HTTP/1.1\r\n${host()}\r\n`)),
    );
    const { body } = await credentials(plain);
    const { SecretAccessKey, Token, AccessKeyId } = JSON.parse(body) as Record<string, string>;
    for (const secret of [SecretAccessKey, Token, AccessKeyId, plain.token, metadataToken]) {
      expect(answers.join("\n")).not.toContain(secret);
    }
  });

  test("a thousand paths make no more series in the metrics", async () => {
    const requests = Array.from({ length: 50 }, (_, index) => `GET /x${index} HTTP/1.1\r\n${host()}\r\n`).join("");
    for (let round = 0; round < 20; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await ask(requests.replaceAll("/x", `/x${round}-`));
    }
    const metrics = await ask(`GET /metrics HTTP/1.1\r\n${host()}\r\n`);
    expect(metrics.length).toBeLessThan(10_000);
    expect(metrics).not.toContain("/x1");
  });
});

describe("TLS", () => {
  test("plain text on the encrypted port", async () => {
    const answer = await ask(`GET /credentials HTTP/1.1\r\n${host(secure)}${authorized(secure)}\r\n`, {
      ...secure,
    });
    expect(answer).not.toMatch(/SecretAccessKey|HTTP\/1\.1 200/);
  });

  test("the guards stand behind TLS, too", async () => {
    const open = doors["container credentials"](secure);
    expect(statusesOf(await ask(`${open}${host(secure)}\r\n`, secure))).toEqual([200]);
    expectRefused(await ask(`${open}Host: evil.example\r\n\r\n`, secure));
    expectRefused(await ask(`${open}${host(secure)}${fillers(70)}Origin: null\r\n\r\n`, secure));
  });

  test("versions before 1.2", async () => {
    const code = await new Promise((resolve) => {
      const socket = connectSecurely({
        host: "127.0.0.1",
        port: portOf(secure),
        ca: identity.emulator.root.pem,
        maxVersion: "TLSv1.1",
        minVersion: "TLSv1",
        ciphers: "DEFAULT@SECLEVEL=0",
      });
      socket.once("secureConnect", () => resolve("connected"));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(code).not.toBe("connected");
  });
});

describe("limits", () => {
  test("headers of a megabyte", async () => {
    const answer = await ask(`GET /credentials HTTP/1.1\r\n${host()}X: ${"x".repeat(1_000_000)}\r\n\r\n`);
    expectRefused(answer);
  });

  test("garbage, and the preface of HTTP/2", async () => {
    expectRefused(await ask(Buffer.from("16030100ff010000fb0303", "hex")));
    expectRefused(await ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    expectRefused(await ask("\0".repeat(1000)));
  });

  test("twenty thousand metadata tokens cost no more memory than their limit", async () => {
    const request = `PUT /latest/api/token HTTP/1.1\r\n${host()}${ttl}\r\n`;
    for (let round = 0; round < 20; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await Promise.all(Array.from({ length: 10 }, () => ask(request.repeat(100))));
    }
    const metrics = await ask(`GET /metrics HTTP/1.1\r\n${host()}\r\n`);
    expect(Number(/^rolesanywhere_ts_metadata_tokens (\d+)/m.exec(metrics)?.[1])).toBeLessThanOrEqual(16_384);
  });

  test.each([
    ["send nothing", ""],
    ["send half a request", "GET /credentials HTTP/1.1\r\nHost"],
    ["asked once and stay", "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n"],
  ])("a reader behind 500 connections that %s, where 120 files may be open", async (_what, bytes) => {
    const words = ["serve", ...identity.flags, "--port", "0", "--role-arn", identity.roleArn("Demo")];
    const cli = startCli(words, {
      ...afterShell("ulimit -n 120"),
      env: { XDG_RUNTIME_DIR: createScratch("runtime") },
    });
    running.push(cli);
    const served = await readServed(cli);
    for (let count = 0; count < 500; count += 1) {
      const socket = connect({ host: "127.0.0.1", port: portOf(served), allowHalfOpen: true });
      sockets.push(socket.on("error", () => undefined).on("data", () => undefined));
      socket.write(bytes.replace("PORT", String(portOf(served))));
    }
    for (let count = 0; count < 10; count += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one reader after the other
      expect((await credentials(served)).status).toBe(200);
    }
  });
});

describe("unix sockets", () => {
  async function expectUntouched(path: string): Promise<void> {
    const before = lstatSync(path);
    const { status, stderr } = await start("--listen", `unix:${path}`).ended;
    expect(status).toBe(2);
    expect(stderr).toContain(`error[ERR_LISTEN]: cannot listen on unix:${path}`);
    expect(lstatSync(path).ino).toBe(before.ino);
  }

  test("a file at the path stays", async () => {
    const path = join(createScratch(), "file");
    writeFileSync(path, "precious");
    await expectUntouched(path);
    expect(readFileSync(path, "utf8")).toBe("precious");
  });

  test("a link at the path stays, and what it leads to", async () => {
    const folder = createScratch();
    writeFileSync(join(folder, "file"), "precious");
    symlinkSync(join(folder, "file"), join(folder, "link"));
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    await expectUntouched(join(folder, "link"));
    await expectUntouched(join(folder, "dangling"));
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("precious");
  });

  test("a folder at the path stays", async () => {
    const path = join(createScratch(), "folder");
    mkdirSync(path);
    await expectUntouched(path);
  });

  test("a socket where another program listens stays its own", async () => {
    const path = join(createScratch(), "socket");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(path, resolve));
    await expectUntouched(path);
    other.close();
  });

  test.skipIf(!isRoot)("a dead socket of another user stays", async () => {
    const path = join(createScratch(), "socket");
    const script = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    await runProgram(process.execPath, ["-e", script, path]);
    chownSync(path, 12_345, 12_345);
    await expectUntouched(path);
  });

  test.skipIf(!canSwitch)("another user cannot speak to the socket, whatever the umask", async () => {
    const folder = createScratch("open");
    const path = join(folder, "socket");
    await runProgram("chmod", ["0755", folder]);
    const cli = startCli(
      ["serve", ...identity.flags, "--role-arn", identity.roleArn("Demo"), "--listen", `unix:${path}`],
      {
        ...afterShell("umask 000"),
        env: { XDG_RUNTIME_DIR: createScratch("runtime") },
      },
    );
    running.push(cli);
    await cli.waitFor(/listening on unix:/, "stderr");
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    const curl = ["curl", "-s", "--unix-socket", path, "http://localhost/healthz"];
    const { stdout, status } = await runProgram("setpriv", [...asStranger, ...curl]);
    expect({ stdout, status: status === 0 }).toEqual({ stdout: "", status: false });
  });

  test.skipIf(!canSwitch)("another user cannot read the token's file", async () => {
    const { stdout, status } = await runProgram("setpriv", [...asStranger, "cat", plain.tokenFile]);
    expect({ stdout, status: status === 0 }).toEqual({ stdout: "", status: false });
  });
});
