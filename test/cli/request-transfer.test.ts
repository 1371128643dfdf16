import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createSocketServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { TLSSocket } from "node:tls";
import { join } from "node:path";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { startHttpProxy } from "../support/http-proxy.js";
import { createPki } from "../support/pki.js";
import { runCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { exampleCredentials, startVerifyingServer } from "../support/verifying-server.js";
import type { VerifyingServerOptions } from "../support/verifying-server.js";

const folder = createScratch("request-transfer");
const env = {
  AWS_ACCESS_KEY_ID: exampleCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: exampleCredentials.secretAccessKey,
  AWS_SESSION_TOKEN: exampleCredentials.sessionToken,
  AWS_EC2_METADATA_DISABLED: "true",
};
const gateway = ["--service", "execute-api", "--region", "us-east-1"];

function request(words: readonly string[], options: CliOptions = {}) {
  return runCli(["request", ...words], { ...options, env: { ...env, ...options.env }, cwd: options.cwd ?? folder });
}

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function serve(options: VerifyingServerOptions = {}) {
  const server = await startVerifyingServer(options);
  opened.push(server);
  return server;
}

async function listen<S extends Server>(server: S, ...place: [number, string] | [string]): Promise<S> {
  server.listen(...(place as [number, string]));
  await once(server, "listening");
  opened.push(server);
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

describe("what is printed and kept", () => {
  it("-w tells of the transfer after the body, on a failure too", async () => {
    const server = await serve();
    const format = String.raw`%{http_code} %{size_download} %{method} %{content_type} %{num_redirects} %header{Content-Length}\n%%`;
    const { stdout } = await request([`${server.origin}/x`, ...gateway, "-w", format]);
    expect(stdout).toBe('{"ok":true}\n200 12 GET application/json 0 12\n%');
    await server.close();
    opened.length = 0;
    const failed = await request([
      `${server.origin}/x`,
      ...gateway,
      "-s",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code} %{exitcode}",
    ]);
    expect(failed).toMatchObject({ stdout: `000 ${failed.status}`, status: 4 });
  });

  it("-w tells when the name, the connection, TLS and the first byte were there, in curl's order", async () => {
    const { root, leaf } = createPki();
    const issued = leaf("ec-p256", { alternativeNames: [["dns", "localhost"]] });
    const server = await serve({ tls: { cert: issued.pem, key: issued.key.privateKeyPem } });
    const names = ["namelookup", "connect", "appconnect", "starttransfer", "total"];
    const format = names.map((name) => `%{time_${name}}`).join(" ");
    const roots = join(folder, "times.pem");
    writeFileSync(roots, root.pem);
    const url = `https://localhost:${server.port}/x`;
    const { stdout } = await request([url, ...gateway, "--cacert", roots, "-o", "/dev/null", "-w", format]);
    expect(stdout).toMatch(/^\d+\.\d{6}( \d+\.\d{6}){4}$/);
    const times = stdout.split(" ").map(Number);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times[2]).toBeGreaterThan(0);
    const plain = await request([`${(await serve()).origin}/x`, ...gateway, "-o", "/dev/null", "-w", format]);
    expect(plain.stdout).toMatch(/^0\.000000 \S+ 0\.000000 /);

    await using proxy = await startHttpProxy();
    const words = [url, ...gateway, "-x", proxy.url, "--cacert", roots, "-o", "/dev/null", "-w", format];
    const tunnelled = await request(words);
    expect(proxy.seen).toEqual([`localhost:${server.port}`]);
    const [, connected = 0, ...later] = tunnelled.stdout.split(" ").map(Number);
    expect(connected).toBeGreaterThan(0);
    expect(later[0]).toBeGreaterThanOrEqual(connected);
  });

  it("-w of -f tells the status that fails", async () => {
    const server = await serve({ answer: () => ({ status: 404, body: "no" }) });
    const result = await request([`${server.origin}/x`, ...gateway, "-sf", "-w", "%{http_code}"]);
    expect(result).toMatchObject({ stdout: "404", status: 1 });
  });

  it("-D and -i give the head of every response on the way", async () => {
    const server = await serve({
      answer: (_, index) => (index === 0 ? { status: 302, headers: { Location: "/there" }, body: "moved" } : undefined),
    });
    const result = await request([`${server.origin}/x`, ...gateway, "-L", "-i", "-D", "heads.txt"]);
    expect(result.stdout).toMatch(
      /^HTTP\/1\.1 302 .*\r\n[^]*\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{"ok":true\}\n$/,
    );
    const heads = readFileSync(join(folder, "heads.txt"), "latin1");
    expect(heads.match(/^HTTP\/1\.1 (\d+)/gm)).toEqual(["HTTP/1.1 302", "HTTP/1.1 200"]);
  });

  it("-O names the file like the URL's last part, --create-dirs makes folders", async () => {
    const server = await serve();
    expect(await request([`${server.origin}/a/report.json?x=/y`, ...gateway, "-O"])).toMatchObject({
      stdout: "",
      status: 0,
    });
    expect(readFileSync(join(folder, "report.json"), "utf8")).toBe('{"ok":true}\n');
    const deep = ["-o", "one/two/out.json"];
    expect((await request([`${server.origin}/a`, ...gateway, ...deep])).status).toBe(2);
    expect(await request([`${server.origin}/a`, ...gateway, ...deep, "--create-dirs"])).toMatchObject({ status: 0 });
    expect(existsSync(join(folder, "one/two/out.json"))).toBe(true);
    expect((await request([`${server.origin}/a/`, ...gateway, "-O"])).stderr).toContain("no file name");
  });

  it("-sv shows the heads and no notes", async () => {
    const server = await serve();
    const { stderr, status } = await request([`${server.origin}/x`, ...gateway, "-sv"]);
    expect(stderr).toContain("> GET /x HTTP/1.1");
    expect(status).toBe(0);
  });
});

describe("where the connection goes", () => {
  it("--resolve and --connect-to keep the name, --unix-socket needs no network", async () => {
    const server = await serve();
    const named = `http://api.example.test:${server.port}/x`;
    for (const words of [
      ["--resolve", `api.example.test:${server.port}:127.0.0.1`],
      ["--connect-to", `api.example.test:${server.port}:127.0.0.1:${server.port}`],
      ["--connect-to", `::127.0.0.1:${server.port}`],
    ]) {
      expect(await request([named, ...gateway, ...words])).toMatchObject({ status: 0, stderr: "" });
    }
    const hosts = server.requests.map(({ headers }) => headers.find(([name]) => name === "host")?.[1]);
    expect(new Set(hosts)).toEqual(new Set([`api.example.test:${server.port}`]));

    const path = join(folder, "api.sock");
    await listen(
      createServer((_, response) => response.end("by socket")),
      path,
    );
    const bySocket = await request(["http://api.example.test/x", ...gateway, "--unix-socket", path], {
      env: { HTTP_PROXY: "http://127.0.0.1:9" },
    });
    expect(bySocket).toMatchObject({ stdout: "by socket", status: 0 });
  });

  it("-x takes a proxy by its IPv6 address, with and without a scheme", async () => {
    const server = await serve();
    await using proxy = await startHttpProxy();
    const front = await listen(
      createSocketServer((socket) => {
        const onward = connect(Number(new URL(proxy.url).port), "127.0.0.1");
        for (const side of [socket, onward]) side.on("error", () => undefined);
        socket.pipe(onward).pipe(socket);
      }),
      0,
      "::1",
    );
    const names = [
      `[::1]:${portOf(front)}`,
      `http://[::1]:${portOf(front)}`,
      `http://[0:0:0:0:0:0:0:1]:${portOf(front)}/`,
    ];
    for (const name of names) {
      const { stdout, stderr, status } = await request([`${server.origin}/x`, ...gateway, "-x", name]);
      expect({ stdout, stderr, status }).toEqual({ stdout: '{"ok":true}\n', stderr: "", status: 0 });
    }
    expect(proxy.seen).toEqual(names.map(() => `${server.origin}/x`));
    const { stderr } = await request([`${server.origin}/x`, ...gateway, "-x", "[::1"]);
    expect(stderr).toMatch(/\[::1/);
  });

  it("a TLS name stays the URL's own, with a root's dot too", async () => {
    const { root, leaf } = createPki();
    const { key, pem } = leaf("ec-p256", { alternativeNames: [["dns", "api.example.test"]] });
    const names: (string | false | null)[] = [];
    const tls = await listen(
      createTlsServer({ key: key.privateKeyPem, cert: pem }, (socket: TLSSocket) => {
        names.push(socket.servername);
        socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
      }),
      0,
      "127.0.0.1",
    );
    writeFileSync(join(folder, "ca.pem"), root.pem);
    for (const host of ["api.example.test", "api.example.test."]) {
      const words = ["--cacert", "ca.pem", "--connect-to", `::127.0.0.1:${portOf(tls)}`];
      expect(await request([`https://${host}/`, ...gateway, ...words])).toMatchObject({ stdout: "ok", status: 0 });
    }
    expect(names).toEqual(["api.example.test", "api.example.test"]);
  });

  it("--cert and --key answer a server that asks for a certificate", async () => {
    const { root, leaf } = createPki();
    const server = leaf("ec-p256", { alternativeNames: [["ip", "127.0.0.1"]] });
    const client = leaf("ec-p256", { subject: [["CN", "me"]] });
    const options = { key: server.key.privateKeyPem, cert: server.pem, ca: root.pem, requestCert: true };
    const tls = await listen(
      createTlsServer(options, (socket) => {
        const { CN = "" } = socket.getPeerCertificate().subject;
        socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${String(CN)}`));
      }),
      0,
      "127.0.0.1",
    );
    writeFileSync(join(folder, "root.pem"), root.pem);
    writeFileSync(join(folder, "me.pem"), client.pem);
    writeFileSync(join(folder, "me.key"), client.key.privateKeyPem);
    writeFileSync(join(folder, "both.pem"), client.pem + client.key.privateKeyPem);
    const url = `https://127.0.0.1:${portOf(tls)}/`;
    for (const words of [
      ["--cert", "me.pem", "--key", "me.key"],
      ["-E", "both.pem"],
    ])
      expect(await request([url, ...gateway, "--cacert", "root.pem", ...words])).toMatchObject({
        stdout: "me",
        status: 0,
      });
    expect((await request([url, ...gateway, "--cacert", "root.pem"])).status).not.toBe(0);
  });
});

describe("retries", () => {
  it("--retry-delay waits that long, --retry-max-time ends them", async () => {
    const server = await serve({ answer: () => ({ status: 503 }) });
    const started = Date.now();
    await request([`${server.origin}/x`, ...gateway, "--retry", "2", "--retry-delay", ".1"]);
    expect(server.requests).toHaveLength(3);
    expect(Date.now() - started).toBeLessThan(20_000);
    await request([`${server.origin}/x`, ...gateway, "--retry", "5", "--retry-delay", "1", "--retry-max-time", ".5"]);
    expect(server.requests).toHaveLength(4);
  });

  it("--retry-all-errors repeats a status that --fail fails on", async () => {
    const server = await serve({ answer: (_, index) => (index % 2 === 0 ? { status: 404 } : undefined) });
    const again = ["--retry", "1", "--retry-delay", ".01", "--retry-all-errors"];
    expect(await request([`${server.origin}/x`, ...gateway, "-f", ...again])).toMatchObject({ status: 0 });
    expect(await request([`${server.origin}/x`, ...gateway, ...again])).toMatchObject({ status: 0 });
    expect(server.requests).toHaveLength(3);
  });
});

describe("bytes as given", () => {
  const coded = (encoding: string, body: Uint8Array | string, status = 200) => ({
    answer: () => ({ status, headers: { "Content-Encoding": encoding }, body }),
  });

  it.each<[string, VerifyingServerOptions, string]>([
    ["gzip", coded("gzip", gzipSync("text")), "text"],
    ["zlib deflate", coded("deflate", deflateSync("text")), "text"],
    ["raw deflate", coded("deflate", deflateRawSync("text")), "text"],
    ["stacked codings", coded("gzip, br", brotliCompressSync(gzipSync("text"))), "text"],
    ["an empty body", coded("gzip", ""), ""],
    ["no content", coded("gzip", "", 204), ""],
    ["identity", coded("identity", "text"), "text"],
    ["a coding that it did not ask for", coded("zstd", "raw"), "raw"],
  ])("--compressed decodes %s", async (_, options, body) => {
    const server = await serve(options);
    expect(await request([`${server.origin}/x`, ...gateway, "--compressed"])).toMatchObject({
      stdout: body,
      stderr: "",
      status: 0,
    });
  });

  it("--compressed names a body that is not what it says", async () => {
    const server = await serve(coded("gzip", "no gzip at all"));
    const { stderr, status } = await request([`${server.origin}/x`, ...gateway, "--compressed"]);
    expect(stderr).toContain("not whole and valid gzip");
    expect(status).not.toBe(0);
  });

  it("a body that breaks off is cut short, not unreachable", async () => {
    const server = await listen(
      createSocketServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin");
          setTimeout(() => socket.destroy(), 50);
        });
      }),
      0,
      "127.0.0.1",
    );
    const { stderr, stdout, status } = await request([`http://127.0.0.1:${portOf(server)}/`, ...gateway]);
    expect(stdout).toBe("begin");
    expect(stderr).toContain(`the response from 127.0.0.1:${portOf(server)} was cut short after 5 bytes`);
    expect(stderr).not.toContain("cannot reach");
    expect(status).toBe(4);
  });

  it("chunks exclude a length, and a length that is not the body's is refused", async () => {
    const server = await serve();
    const chunked = ["-H", "Transfer-Encoding: chunked", "-d", "abc"];
    expect(await request([`${server.origin}/x`, ...gateway, ...chunked])).toMatchObject({ status: 0 });
    const names = server.requests[0]?.headers.map(([name]) => name.toLowerCase());
    expect(names).toContain("transfer-encoding");
    expect(names).not.toContain("content-length");
    for (const words of [
      ["-d", "abc", "-H", "Content-Length: 4"],
      ["-H", "Content-Length: 4"],
      ["-d", "abc", "-H", "Content-Length: 3", "-H", "Transfer-Encoding: chunked"],
    ]) {
      const result = await request([`${server.origin}/x`, ...gateway, ...words]);
      expect(result).toMatchObject({ stdout: "", status: 2 });
      expect(result.stderr).toContain("content-length");
    }
    expect(server.requests).toHaveLength(1);
  });

  it("an uploaded object gets no form type, unless one is asked for", async () => {
    const server = await serve();
    const put = ["PUT", `${server.origin}/key`, "--service", "s3", "--region", "us-east-1", "--data-binary", "x"];
    await request(put);
    await request([...put, "-H", "Content-Type: application/x-www-form-urlencoded"]);
    await request([...put.slice(0, 2), ...gateway, "-d", "x"]);
    const types = server.requests.map(
      ({ headers }) => headers.find(([name]) => name.toLowerCase() === "content-type")?.[1],
    );
    const form = "application/x-www-form-urlencoded";
    expect(types).toEqual([undefined, form, form]);
  });

  it("a Location with raw bytes and dots leads where RFC 3986 says", async () => {
    const server = await serve({
      answer: (_, index) => (index === 0 ? { status: 302, headers: { Location: "../\u00fc?a" } } : undefined),
    });
    expect(await request([`${server.origin}/a/b/c`, ...gateway, "-L"])).toMatchObject({ status: 0 });
    expect(server.requests[1]?.target).toBe("/a/%C3%BC?a");
  });

  it("a wss URL is presigned, not sent", async () => {
    const url = "wss://x-ats.iot.us-east-1.amazonaws.com/mqtt";
    const presigned = await request([url, "--presign", "60"]);
    expect(presigned.stdout).toMatch(/^wss:\/\/x-ats\.iot\.us-east-1\.amazonaws\.com\/mqtt\?X-Amz-Algorithm=/);
    const sent = await request([url]);
    expect(sent).toMatchObject({ stdout: "", status: 2 });
    expect(sent.stderr).toContain("--presign");
  });
});

describe("what is told", () => {
  it.each<[string, readonly string[], string]>([
    ["-u", ["-u", "me:secret"], "--profile"],
    ["--aws-sigv4", ["--aws-sigv4", "aws:amz"], "--service"],
    ["--access_key", ["--access_key", "AKIA"], "AWS_ACCESS_KEY_ID"],
    ["--session_token", ["--session_token", "x"], "AWS_SESSION_TOKEN"],
    ["-c", ["-c", "jar"], "--cookie"],
    ["-K", ["-K", "file"], "command line"],
    ["--location-trusted", ["--location-trusted"], "--location"],
    ["-b FILE", ["-b", "jar.txt"], "name=value"],
    ["-I with -d", ["-I", "-d", "x"], "--get"],
    ["-F with -d", ["-F", "a=1", "-d", "x"], "one"],
    ["an unknown variable of -w", ["-w", "%{nope}"], "http_code"],
    ["--key alone", ["--key", "k.pem"], "--cert"],
    ["--resolve", ["--resolve", "host:443"], "HOST:PORT:ADDRESS"],
  ])("%s says what to use", async (_, words, hint) => {
    const result = await request(["https://abc.execute-api.us-east-1.amazonaws.com/", ...words]);
    expect(result).toMatchObject({ stdout: "", status: 2 });
    expect(result.stderr).toContain(hint);
    expect(result.stderr).not.toContain("secret");
  });

  it("S3's own region is hinted", async () => {
    const body =
      "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message><Region>eu-west-1</Region></Error>";
    const server = await serve({ answer: () => ({ status: 400, body }) });
    const { stderr } = await request([`${server.origin}/x`, "--service", "s3", "--region", "us-east-1"]);
    expect(stderr).toContain("--region eu-west-1");
  });

  it.each([
    ["GET", "<Error><Code>PermanentRedirect</Code><Message>Use the other endpoint.</Message></Error>"],
    ["HEAD", ""],
  ])("S3's region in the head of a 301 is hinted for %s", async (method, body) => {
    const headers = { "x-amz-bucket-region": "eu-west-1" };
    const server = await serve({ answer: () => ({ status: 301, headers, body }) });
    const words = ["-X", method, `${server.origin}/x`, "--service", "s3", "--region", "us-east-1", "-L"];
    const { stdout, stderr } = await request(words);
    expect(stderr).toContain("hint: the service is in another region: sign with --region eu-west-1");
    expect(stdout).toBe(body);
  });

  it.each([
    ["AWS_SESSION_TOKEN", "sessionToken", "\r", "CR"],
    ["AWS_SESSION_TOKEN", "sessionToken", "\r\n", "CRLF"],
    ["AWS_SECRET_ACCESS_KEY", "secretAccessKey", "\n", "LF"],
    ["AWS_ACCESS_KEY_ID", "accessKeyId", "\r", "CR"],
  ] as const)("%s with a line end after %s (%j) is named as that", async (name, member, end, words) => {
    const server = await serve();
    const value = exampleCredentials[member];
    const { stderr, status } = await request([`${server.origin}/x`, ...gateway], {
      env: { [name]: `${value}${end}` },
    });
    expect(stderr).toContain(
      `a line end (${words}) stands in the ${member} of the credentials (${name} in the environment)`,
    );
    expect(stderr).toContain("remove it");
    expect(stderr).not.toContain(value);
    expect(status).toBe(2);
    expect(server.requests).toEqual([]);
  });

  it("a token of a credential_process with a line end is named with its profile", async () => {
    const server = await serve();
    const home = createScratch("line-end");
    const document = { Version: 1, AccessKeyId: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: "token\r" };
    writeFileSync(join(home, "document.json"), JSON.stringify(document));
    writeFileSync(
      join(home, "config"),
      `[profile app]\ncredential_process = cat "${join(home, "document.json")}"\nregion = us-east-1\n`,
    );
    const { stderr, status } = await request([`${server.origin}/x`, "--service", "s3", "--profile", "app"], {
      env: { HOME: home, AWS_CONFIG_FILE: join(home, "config") },
    });
    expect(stderr).toContain('a line end (CR) stands in the sessionToken of the credentials (profile "app")');
    expect(status).toBe(2);
    expect(server.requests).toEqual([]);
  });
});
