import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { createPki } from "../support/pki.js";
import { runCli, startCli } from "../support/run-cli.js";
import type { CliOptions } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { sha256Hex } from "../support/sha256.js";
import { exampleCredentials, refusalJson, refusalXml, startVerifyingServer } from "../support/verifying-server.js";
import type { VerifyingServer, VerifyingServerOptions } from "../support/verifying-server.js";

const folder = createScratch("request");
const env = {
  AWS_ACCESS_KEY_ID: exampleCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: exampleCredentials.secretAccessKey,
  AWS_SESSION_TOKEN: exampleCredentials.sessionToken,
  AWS_EC2_METADATA_DISABLED: "true",
};
const gateway = ["--service", "execute-api", "--region", "us-east-1"];
const store = ["--service", "s3", "--region", "us-east-1"];

function request(words: readonly string[], options: CliOptions = {}) {
  return runCli(["request", ...words], { ...options, env: { ...env, ...options.env }, cwd: options.cwd ?? folder });
}

const opened: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function serve(options: VerifyingServerOptions = {}): Promise<VerifyingServer> {
  const server = await startVerifyingServer(options);
  opened.push(server);
  return server;
}

const header = ({ headers }: { headers: readonly (readonly [string, string])[] }, name: string) =>
  headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);

describe("calls on a stage of API Gateway", () => {
  it("GET: the answer on stdout, nothing on stderr", async () => {
    const server = await serve();
    const result = await request([`${server.origin}/dev/pets?type=dog&type=cat`, ...gateway]);
    expect(result).toMatchObject({ stdout: '{"ok":true}\n', stderr: "", status: 0 });
    expect(server.requests[0]).toMatchObject({
      requestLine: "GET /dev/pets?type=dog&type=cat HTTP/1.1",
      verdict: { valid: true },
    });
    expect(header(server.requests[0]!, "host")).toEqual([`127.0.0.1:${server.port}`]);
  });

  it("POST with JSON: content type, accept and length derived", async () => {
    const server = await serve();
    const result = await request(["POST", `${server.origin}/dev/pets`, ...gateway, "--json", '{"name":"Ü"}']);
    expect(result).toMatchObject({ stderr: "", status: 0 });
    const [received] = server.requests;
    expect(received).toMatchObject({ method: "POST", bodyLength: 13, verdict: { valid: true } });
    expect(header(received!, "content-type")).toEqual(["application/json"]);
    expect(header(received!, "accept")).toEqual(["application/json"]);
    expect(header(received!, "content-length")).toEqual(["13"]);
  });

  it("path and query go out byte for byte", async () => {
    const server = await serve();
    const target = "//a/./b/../c%2fd/*+(x)?b=%2f&a=1=2&&k&q=a%20b&q=%C3%BC";
    expect(await request([server.origin + target, ...gateway])).toMatchObject({ stderr: "", status: 0 });
    expect(server.requests[0]?.requestLine).toBe(`GET ${target} HTTP/1.1`);
  });

  it("takes the session that a certificate is traded for, in one step", async () => {
    const emulator = await startEmulator();
    opened.push({ close: () => emulator.stop() });
    const result = await runCli([
      "request",
      emulator.url,
      ...emulatorFlags(emulator, {}),
      "--service=sts",
      "--region=us-east-1",
      "-dAction=GetCallerIdentity",
      "-dVersion=2011-06-15",
    ]);
    expect(result).toMatchObject({ stderr: "", status: 0 });
    expect(result.stdout).toContain(":assumed-role/");
  });
});

describe("headers", () => {
  it("one -H leaves every default in place", async () => {
    const server = await serve();
    await request([`${server.origin}/`, ...gateway, "-d", "a=1", "-H", "X-One: 1", "-HX-Two: a: b"]);
    const [received] = server.requests;
    expect(received?.verdict).toMatchObject({ valid: true });
    expect(header(received!, "x-two")).toEqual(["a: b"]);
    expect(header(received!, "accept")).toEqual(["*/*"]);
    expect(header(received!, "user-agent")[0]).toMatch(/^rolesanywhere-ts\//);
    expect(header(received!, "content-type")).toEqual(["application/x-www-form-urlencoded"]);
  });

  it("a named default is replaced, left out, or sent empty", async () => {
    const server = await serve();
    const words = ["-H", "User-Agent: mine", "-H", "Accept:", "-H", "X-Empty;", "-H", "Host: api.example.com"];
    await request([`${server.origin}/`, ...gateway, ...words]);
    const [received] = server.requests;
    expect(received?.verdict).toMatchObject({ valid: true });
    expect(header(received!, "user-agent")).toEqual(["mine"]);
    expect(header(received!, "accept")).toEqual([]);
    expect(header(received!, "x-empty")).toEqual([""]);
    expect(header(received!, "host")).toEqual(["api.example.com"]);
  });

  it("signs only what is stable: not accept, user-agent, accept-encoding or content-length of its own", async () => {
    const server = await serve();
    await request([`${server.origin}/`, ...gateway, "--compressed", "-d", "a=1", "-H", "X-Own: 1"]);
    const signed = /SignedHeaders=([^,]*)/.exec(header(server.requests[0]!, "authorization")[0] ?? "")?.[1];
    expect(signed).toBe("content-type;host;x-amz-date;x-amz-security-token;x-own");
  });

  it("the caller's date is kept and signed", async () => {
    const server = await serve();
    await request([`${server.origin}/`, ...gateway, "-H", "Date: Sat, 31 Jan 2026 23:59:59 GMT"]);
    const [received] = server.requests;
    expect(received?.verdict).toMatchObject({ valid: true });
    expect(header(received!, "date")).toEqual(["Sat, 31 Jan 2026 23:59:59 GMT"]);
    expect(header(received!, "x-amz-date")).toEqual([]);
  });
});

describe("bodies", () => {
  it("joins -d with &, drops the line ends of @FILE, keeps those of --data-binary", async () => {
    const server = await serve();
    writeFileSync(join(folder, "lines.txt"), "b=2\r\nc=3\n");
    await request([`${server.origin}/`, ...gateway, "-d", "a=1", "-d", "@lines.txt", "--data-raw", "@x"]);
    await request([`${server.origin}/`, ...gateway, "--data-binary", "@lines.txt"]);
    expect(server.requests.map(({ body }) => body.toString())).toEqual(["a=1&b=2c=3&@x", "b=2\r\nc=3\n"]);
    expect(server.requests.every(({ verdict }) => verdict?.valid === true)).toBe(true);
  });

  it("reads @- from standard input", async () => {
    const server = await serve();
    const stdin = Buffer.from([0, 1, 2, 255, 10, 13]);
    expect(await request(["PUT", `${server.origin}/key`, ...store, "--data-binary", "@-"], { stdin })).toMatchObject({
      status: 0,
      stderr: "",
    });
    expect(server.requests[0]).toMatchObject({ bodySha256: sha256Hex(stdin), method: "PUT", verdict: { valid: true } });
  });

  it("-G puts encoded data into the query", async () => {
    const server = await serve();
    writeFileSync(join(folder, "value.txt"), "x/y\n");
    const words = [
      "-G",
      "--data-urlencode",
      "q=a b+c&ü",
      "--data-urlencode",
      "f@value.txt",
      "--data-urlencode",
      "=p&q",
    ];
    await request([`${server.origin}/find?z=1`, ...gateway, ...words]);
    expect(server.requests[0]).toMatchObject({
      requestLine: "GET /find?z=1&q=a%20b%2Bc%26%C3%BC&f=x%2Fy%0A&p%26q HTTP/1.1",
      bodyLength: 0,
      verdict: { valid: true },
    });
  });

  const longBody = Buffer.alloc(17 * 1024 * 1024, "0123456789abcdef");

  it("a long pipe to S3 goes unsigned, and says so", async () => {
    const server = await serve();
    const result = await request(["PUT", `${server.origin}/key`, ...store, "--data-binary", "@-"], { stdin: longBody });
    expect(result).toMatchObject({ status: 0, stdout: '{"ok":true}\n' });
    expect(result.stderr).toBe(
      "rolesanywhere-ts: note: the body is a long pipe: it is sent unsigned (UNSIGNED-PAYLOAD)\n",
    );
    expect(server.requests[0]).toMatchObject({ bodySha256: sha256Hex(longBody), verdict: { valid: true } });
    expect(header(server.requests[0]!, "transfer-encoding")).toEqual(["chunked"]);
  });

  it("a long pipe of known length to S3 goes in signed chunks", async () => {
    const server = await serve();
    const length = ["-H", `Content-Length: ${longBody.length}`];
    const words = ["PUT", `${server.origin}/key`, ...store, ...length, "--data-binary", "@-"];
    const result = await request(words, { stdin: longBody });
    expect(result).toMatchObject({ status: 0 });
    expect(result.stderr).toContain("signed chunks");
    const [received] = server.requests;
    expect(received).toMatchObject({ bodySha256: sha256Hex(longBody), verdict: { valid: true } });
    expect(header(received!, "x-amz-content-sha256")).toEqual(["STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]);
    expect(header(received!, "x-amz-decoded-content-length")).toEqual([String(longBody.length)]);
  });

  it("a long pipe to another service warns that it may be refused; -s holds its tongue", async () => {
    const server = await serve();
    const words = [`${server.origin}/`, ...gateway, "--data-binary", "@-"];
    expect((await request(words, { stdin: longBody })).stderr).toContain("which this service may refuse");
    expect((await request([...words, "-s"], { stdin: longBody })).stderr).toBe("");
  });

  it("a long file is hashed first and signed", async () => {
    const server = await serve();
    writeFileSync(join(folder, "long.bin"), longBody);
    await request(["PUT", `${server.origin}/key`, ...store, "--data-binary", "@long.bin"]);
    const [received] = server.requests;
    expect(received).toMatchObject({ bodySha256: sha256Hex(longBody), verdict: { valid: true } });
    expect(header(received!, "x-amz-content-sha256")).toEqual([sha256Hex(longBody)]);
  });

  it("UNSIGNED-PAYLOAD by flag, and by default for VPC Lattice", async () => {
    const server = await serve();
    await request([`${server.origin}/`, ...gateway, "-d", "a=1", "--unsigned-payload"]);
    await request([`${server.origin}/`, "--service", "vpc-lattice-svcs", "--region", "us-east-1", "-d", "a=1"]);
    for (const received of server.requests) {
      expect(header(received, "x-amz-content-sha256")).toEqual(["UNSIGNED-PAYLOAD"]);
      expect(received.verdict).toMatchObject({ valid: true });
    }
    expect(server.requests).toHaveLength(2);
  });
});

describe("output", () => {
  it("-i prints status line and headers before the body", async () => {
    const server = await serve({ answer: () => ({ status: 201, headers: { "X-Answer": "a" }, body: "made" }) });
    const { stdout } = await request([`${server.origin}/`, ...gateway, "-i"]);
    expect(stdout).toMatch(/^HTTP\/1\.1 201 Status\r\n(?:.*\r\n)*X-Answer: a\r\n\r\nmade$/);
  });

  it("-o writes the body to a file and nothing to stdout", async () => {
    const server = await serve();
    expect(await request([`${server.origin}/`, ...gateway, "-o", "out.json"])).toMatchObject({
      stdout: "",
      stderr: "",
    });
    expect(readFileSync(join(folder, "out.json"), "utf8")).toBe('{"ok":true}\n');
  });

  it("-v shows what was signed and both heads, without secrets", async () => {
    const server = await serve();
    const { stderr, stdout } = await request([`${server.origin}/a?b=1`, ...gateway, "-v", "-H", "X-Api-Key: K3Y"]);
    expect(stdout).toBe('{"ok":true}\n');
    expect(stderr).toContain("* canonical request:\n*   GET\n*   /a\n*   b=1\n");
    expect(stderr).toContain("* string to sign:\n*   AWS4-HMAC-SHA256\n");
    expect(stderr).toContain("> GET /a?b=1 HTTP/1.1\n");
    expect(stderr).toContain("< HTTP/1.1 200 OK\n");
    expect(stderr).toContain("x-amz-security-token: ***");
    expect(stderr).toContain("Signature=***");
    for (const secret of [exampleCredentials.secretAccessKey, exampleCredentials.sessionToken, "K3Y"]) {
      expect(stderr).not.toContain(secret);
    }
  });

  it("--fail fails without the body, --fail-with-body after it, neither by default", async () => {
    const server = await serve({ answer: () => ({ status: 404, body: "nothing here" }) });
    const words = [`${server.origin}/`, ...gateway];
    expect(await request(words)).toMatchObject({ stdout: "nothing here", stderr: "", status: 0 });
    const error = `rolesanywhere-ts: error[ERR_SERVICE]: GET on 127.0.0.1:${server.port} was answered with 404 Status\n`;
    expect(await request([...words, "--fail"])).toMatchObject({ stdout: "", stderr: error, status: 1 });
    expect(await request([...words, "--fail-with-body"])).toMatchObject({
      stdout: "nothing here",
      stderr: error,
      status: 1,
    });
    await request([...words, "-f", "-o", "absent"]);
    expect(existsSync(join(folder, "absent"))).toBe(false);
  });

  it("--compressed asks for compression and decodes the answer", async () => {
    const server = await serve({
      answer: () => ({ status: 200, headers: { "Content-Encoding": "gzip" }, body: gzipSync("plain") }),
    });
    expect(await request([`${server.origin}/`, ...gateway, "--compressed"])).toMatchObject({ stdout: "plain" });
    expect(header(server.requests[0]!, "accept-encoding")).toEqual(["gzip, deflate, br"]);
  });

  it("one-letter flags may stand together, as curl's do", async () => {
    const server = await serve({
      answer: ({ target }) => (target === "/a" ? { status: 302, headers: { Location: "/b" } } : undefined),
    });
    expect(await request([`${server.origin}/a`, ...gateway, "-sSLoout.txt"])).toMatchObject({ stdout: "", status: 0 });
    expect(readFileSync(join(folder, "out.txt"), "utf8")).toBe('{"ok":true}\n');
    expect((await request([`${server.origin}/b`, ...gateway, "-I"])).stdout).toMatch(
      /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)+\r\n$/,
    );
    expect(server.requests.at(-1)?.method).toBe("HEAD");
  });

  it("a signal ends it with the signal's status and leaves no partial file", async () => {
    const target = createScratch("interrupted");
    const slow = createServer((_, response) => void response.writeHead(200, { "content-length": "100" }).write("part"));
    slow.listen(0, "127.0.0.1");
    await once(slow, "listening");
    opened.push({ close: async () => (slow.closeAllConnections(), slow.close()) });
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
    const running = startCli(["request", url, ...gateway, "-v", "-o", "out"], { env, cwd: target });
    await running.waitFor(/^< HTTP/m, "stderr");
    expect(await running.stop("SIGTERM")).toMatchObject({ stdout: "", status: 143 });
    expect(readdirSync(target)).toEqual([]);
  });

  it("HEAD has no body", async () => {
    const server = await serve();
    expect(await request(["HEAD", `${server.origin}/`, ...gateway])).toMatchObject({
      stdout: "",
      stderr: "",
      status: 0,
    });
  });
});

describe("redirects", () => {
  it("are shown, not followed, without -L", async () => {
    const server = await serve({ answer: () => ({ status: 302, headers: { Location: "/b" }, body: "gone" }) });
    expect(await request([`${server.origin}/a`, ...gateway])).toMatchObject({ stdout: "gone", status: 0 });
    expect(server.requests).toHaveLength(1);
  });

  it("are signed anew on the same host, the body sent again for 307", async () => {
    const server = await serve({
      answer: ({ target }) => (target === "/a" ? { status: 307, headers: { Location: "/b//c?d=%2f" } } : undefined),
    });
    const result = await request([`${server.origin}/a`, ...gateway, "-L", "-d", "x=1"]);
    expect(result).toMatchObject({ stdout: '{"ok":true}\n', stderr: "", status: 0 });
    expect(server.requests[1]).toMatchObject({ requestLine: "POST /b//c?d=%2f HTTP/1.1", verdict: { valid: true } });
    expect(server.requests[1]?.body.toString()).toBe("x=1");
  });

  it("go to another host without signature, token, cookie and key", async () => {
    const other = await serve({ answer: () => ({ status: 200, body: "other" }) });
    const server = await serve({ answer: () => ({ status: 303, headers: { Location: `${other.origin}/x` } }) });
    const words = ["-L", "-d", "x=1", "-H", "Cookie: c=1", "-H", "X-Api-Key: k", "-H", "X-Kept: 1"];
    expect(await request([`${server.origin}/a`, ...gateway, ...words])).toMatchObject({ stdout: "other", status: 0 });
    const [received] = other.requests;
    expect(received).toMatchObject({ requestLine: "GET /x HTTP/1.1", bodyLength: 0, verdict: undefined });
    const names = received!.headers.map(([name]) => name.toLowerCase());
    expect(names.toSorted()).toEqual(["accept", "connection", "host", "user-agent", "x-kept"]);
  });

  it("end after --max-redirs", async () => {
    const server = await serve({ answer: () => ({ status: 302, headers: { Location: "/again" } }) });
    const result = await request([`${server.origin}/a`, ...gateway, "-L", "--max-redirs", "2"]);
    expect(result).toMatchObject({ stdout: "", status: 1 });
    expect(result.stderr).toContain("more than 2 redirects, the last to /again");
    expect(server.requests).toHaveLength(3);
  });
});

describe("retries and limits", () => {
  it("--retry tries again, each time freshly signed, and honours Retry-After", async () => {
    const server = await serve({
      answer: (_, index) => {
        if (index === 0) return { status: 503, headers: { "Retry-After": "0" } };
        return index === 1 ? { status: 0, hangUp: true } : undefined;
      },
    });
    const result = await request([`${server.origin}/`, ...gateway, "--retry", "2", "-d", "x=1"]);
    expect(result).toMatchObject({ stdout: '{"ok":true}\n', status: 0 });
    expect(result.stderr).toMatch(
      /note: status 503; trying again in 0\.0 s\n.*the connection was dropped; trying again/,
    );
    expect(server.requests.map(({ verdict }) => verdict?.valid)).toEqual([true, true, true]);
  });

  it("without --retry one answer is one answer", async () => {
    const server = await serve({ answer: () => ({ status: 503, body: "busy" }) });
    expect(await request([`${server.origin}/`, ...gateway])).toMatchObject({ stdout: "busy", status: 0 });
    expect(server.requests).toHaveLength(1);
  });

  it("--max-time ends what takes too long", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    opened.push({ close: async () => (silent.closeAllConnections(), silent.close()) });
    const { port } = silent.address() as AddressInfo;
    const result = await request([`http://127.0.0.1:${port}/`, ...gateway, "--max-time", "0.4"]);
    expect(result).toMatchObject({ stdout: "", status: 4 });
    expect(result.stderr).toContain(`no complete answer from 127.0.0.1:${port} in the time allowed`);
  });

  it("a port that nobody listens on is named", async () => {
    const result = await request(["http://127.0.0.1:1/", ...gateway]);
    expect(result).toMatchObject({ stdout: "", status: 4 });
    expect(result.stderr).toContain("cannot reach 127.0.0.1:1: connection refused");
  });
});

describe("TLS and proxies", () => {
  it("--cacert trusts another authority, -k trusts anyone, neither trusts nobody", async () => {
    const { root, leaf } = createPki();
    const { key, pem } = leaf("ec-p256", { alternativeNames: [["ip", "127.0.0.1"]] });
    const server = await serve({ tls: { key: key.privateKeyPem, cert: pem } });
    writeFileSync(join(folder, "root.pem"), root.pem);
    const url = `${server.origin}/a`;
    const refused = await request([url, ...gateway]);
    expect(refused).toMatchObject({ stdout: "", status: 4 });
    expect(refused.stderr).toContain("the server's certificate");
    expect(await request([url, ...gateway, "--cacert", "root.pem"])).toMatchObject({ status: 0, stderr: "" });
    expect(await request([url, ...gateway], { env: { AWS_CA_BUNDLE: "root.pem" } })).toMatchObject({ status: 0 });
    expect(await request([url, ...gateway, "-k"])).toMatchObject({ status: 0, stderr: "" });
    expect(server.requests.map(({ verdict }) => verdict?.valid)).toEqual([true, true, true]);
  });

  it("--proxy forwards plain HTTP in absolute form, the signature untouched", async () => {
    const server = await serve();
    const seen: string[] = [];
    const proxy = createServer((incoming, outgoing) => {
      seen.push(incoming.url ?? "");
      const socket = connect(server.port, "127.0.0.1", () => {
        const head = incoming.rawHeaders.reduce(
          (text, each, index) => text + each + (index % 2 === 0 ? ": " : "\r\n"),
          "",
        );
        const target = (incoming.url ?? "").replace(/^http:\/\/[^/]*/, "");
        socket.write(`${incoming.method} ${target} HTTP/1.1\r\n${head}\r\n`);
        socket.pipe(outgoing.socket!);
      });
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    opened.push({ close: async () => (proxy.closeAllConnections(), proxy.close()) });
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const target = `${server.origin}/a//b?c=%2f`;
    expect(await request([target, ...gateway, "--proxy", url])).toMatchObject({ stdout: '{"ok":true}\n', status: 0 });
    const named = target.replace("127.0.0.1", "service.example");
    expect(await request([named, ...gateway], { env: { http_proxy: url } })).toMatchObject({ status: 0 });
    expect(seen).toEqual([target, named]);
    // Loopback is asked directly.
    expect(await request([target, ...gateway], { env: { http_proxy: url } })).toMatchObject({ status: 0 });
    expect(seen).toHaveLength(2);
  });
});

it("--proxy tunnels HTTPS", async () => {
  const { root, leaf } = createPki();
  const { key, pem } = leaf("ec-p256", { alternativeNames: [["ip", "127.0.0.1"]] });
  const server = await serve({ tls: { key: key.privateKeyPem, cert: pem } });
  writeFileSync(join(folder, "tunnel-root.pem"), root.pem);
  const tunnels: string[] = [];
  const proxy = createServer().on("connect", (incoming, socket) => {
    tunnels.push(incoming.url ?? "");
    const upstream = connect(server.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) end.on("error", () => undefined);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  opened.push({ close: async () => (proxy.closeAllConnections(), proxy.close()) });
  const url = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const words = [`${server.origin}/a//b`, ...gateway, "--cacert", "tunnel-root.pem", "--proxy", url];
  expect(await request(words)).toMatchObject({ stdout: '{"ok":true}\n', stderr: "", status: 0 });
  expect(tunnels).toEqual([`127.0.0.1:${server.port}`]);
  expect(server.requests[0]).toMatchObject({ requestLine: "GET /a//b HTTP/1.1", verdict: { valid: true } });
});

describe("the clock", () => {
  it.each([3_600_000, -3_600_000])("is corrected once when it is %i ms off", async (clockOffsetMs) => {
    const server = await serve({ clockOffsetMs });
    const result = await request([`${server.origin}/`, ...gateway, "-d", "x=1"]);
    expect(result).toMatchObject({ stdout: '{"ok":true}\n', status: 0 });
    expect(result.stderr).toMatch(
      /^rolesanywhere-ts: note: this clock is 3(?:600|599|601) s (?:behind|ahead of) the server's; signed again/,
    );
    expect(server.requests.map(({ verdict }) => verdict?.valid)).toEqual([false, true]);
  });

  it("is corrected no second time", async () => {
    const server = await serve({
      answer: () => ({
        status: 403,
        headers: { Date: new Date(Date.now() + 7_200_000).toUTCString() },
        body: '{"message":"Signature expired: then is now earlier than now"}',
      }),
    });
    expect(await request([`${server.origin}/`, ...gateway])).toMatchObject({ status: 0 });
    expect(server.requests).toHaveLength(2);
  });
});

describe("a refusal that carries the canonical request", () => {
  it.each([
    ["JSON", refusalJson],
    ["S3's XML", refusalXml],
  ])("is shown beside ours, the first difference marked (%s)", async (_, format) => {
    const server = await serve({
      answer: ({ verdict }) => ({
        status: 403,
        body: format({ ...verdict!, canonical: verdict!.canonical.replace("x-kept:1", "x-kept:2") }),
      }),
    });
    const { stderr, stdout } = await request([`${server.origin}/a`, ...gateway, "-H", "X-Kept: 1"]);
    expect(stdout).toContain("x-kept:2");
    expect(stderr).toContain("canonical requests side by side:\n");
    expect(stderr).toMatch(/^> x-kept:1 +\| x-kept:2\n {2}first difference: line 7, column 8$/m);
    expect(stderr).toMatch(/^ {2}GET +\| GET$/m);
    expect(stderr).not.toContain(exampleCredentials.sessionToken);
  });

  it("says when the requests are equal and the key is not", async () => {
    const server = await serve();
    const wrong = { AWS_SECRET_ACCESS_KEY: "another" };
    const { stderr } = await request([`${server.origin}/a`, ...gateway, "-f"], { env: wrong });
    expect(stderr).toContain("no difference: the secret key, the region or the service differ");
  });

  it("explains what API Gateway says of a wrong path", async () => {
    const server = await serve({ answer: () => ({ status: 403, body: '{"message":"Missing Authentication Token"}' }) });
    const { stderr } = await request([`${server.origin}/a`, ...gateway]);
    expect(stderr).toContain("hint: API Gateway says this of a path, stage or method that it does not know");
    const failed = await request([`${server.origin}/a`, ...gateway, "-f"]);
    expect(failed.stderr.match(/hint: API Gateway/g)).toHaveLength(1);
  });
});

describe("presigned URLs and SigV4A", () => {
  it("--presign prints a URL that the server accepts", async () => {
    const server = await serve();
    const { stdout, stderr, status } = await request([`${server.origin}/key%20x?a=1`, ...store, "--presign", "60"]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/key%20x\?a=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&.*\n$/);
    const answer = await fetch(stdout.trim());
    expect(answer.status).toBe(200);
    expect(server.requests[0]?.verdict).toMatchObject({ valid: true });
  });

  it("says when the session ends before the URL does", async () => {
    const sessionEnd = new Date(Date.now() + 1_800_000).toISOString();
    const words = ["https://b.s3.us-east-1.amazonaws.com/key", "--presign"];
    const session = { env: { AWS_CREDENTIAL_EXPIRATION: sessionEnd } };
    expect((await request([...words, "3600"], session)).stderr).toBe(
      `rolesanywhere-ts: note: the URL ends with the session that signed it, at ${sessionEnd}\n`,
    );
    expect((await request([...words, "600"], session)).stderr).toBe("");
  });

  it("the token of an IoT WebSocket URL stands outside the signature", async () => {
    const url = "https://x-ats.iot.us-east-1.amazonaws.com/mqtt";
    const { stdout } = await request([url, "--presign", "60"]);
    expect(stdout).toMatch(/&X-Amz-Signature=[0-9a-f]{64}&X-Amz-Security-Token=/);
    expect(stdout).toContain("%2Fiotdevicegateway%2Faws4_request");
  });

  it("--region-set signs for many regions", async () => {
    const server = await serve();
    const words = [`${server.origin}/`, "--service", "s3", "--region-set", "*"];
    expect(await request(words)).toMatchObject({ status: 0, stderr: "" });
    const [received] = server.requests;
    expect(received?.verdict).toMatchObject({ valid: true });
    expect(header(received!, "authorization")[0]).toMatch(/^AWS4-ECDSA-P256-SHA256 /);
    expect(header(received!, "x-amz-region-set")).toEqual(["*"]);
  });
});

describe("mistakes", () => {
  const url = "https://abc123.execute-api.us-east-1.amazonaws.com/prod";
  it.each<[string, readonly string[], string, string]>([
    ["no URL", [], "missing argument: [METHOD] URL", "--help"],
    ["three words", ["GET", url, "x"], 'unexpected argument "x"', "--help"],
    [
      "no scheme",
      ["api.example.com/x"],
      'expected an http or https URL, found "api.example.com/x"',
      "https://api.example.com/x",
    ],
    ["a user in the URL", ["https://u:p@h/"], "user name or password", "leave out the part"],
    ["an impossible port", ["https://h:99999/"], "no valid host and port", "write https://HOST/PATH"],
    [
      "an unknown host",
      ["https://api.example.com/"],
      "the service cannot be told from the host api.example.com",
      "--service execute-api",
    ],
    ["no region", ["https://api.example.com/", "--service", "s3"], "the region cannot be told", "--region us-east-1"],
    ["two methods", ["PUT", url, "-X", "GET"], "the method was given twice", "give it once"],
    ["a header without a colon", [url, "-H", "nonsense"], '--header expects "Name: value"', "write --header"],
    ["an own authorization", [url, "-H", "Authorization: x"], "the signature sets", "leave it out"],
    ["a bad date", [url, "-H", "Date: yesterday"], "the Date header has no date in it", "leave the header out"],
    ["a file that is not there", [url, "-d", "@nowhere"], "the body cannot be read from nowhere", "--data-raw"],
    ["JSON and form data", [url, "--json", "{}", "-d", "a"], "exclude each other", "--data-binary"],
    ["standard input twice", [url, "-d", "@-", "-d", "@-"], "standard input can be read once", "into a file"],
    ["a presign time out of range", [url, "--presign", "604801"], "valid for 1 to 604800 s, found 604801", "session"],
    ["a bad time limit", [url, "-m", "soon"], 'invalid argument "soon" for --max-time', "2.5"],
    ["a proxy that is none", [url, "--proxy", "ftp://u:secret@h"], 'found "ftp://***@h"', "http://HOST:PORT"],
    ["a CA file that is not there", [url, "--cacert", "/nowhere.pem"], "--cacert names /nowhere.pem", "PEM"],
    ["-f with --fail-with-body", [url, "-f", "--fail-with-body"], "exclude each other", "leave out"],
  ])("%s", async (_, words, message, hint) => {
    const result = await request(words);
    expect(result).toMatchObject({ stdout: "", status: 2 });
    expect(result.stderr).toMatch(/^rolesanywhere-ts: error\[ERR_[A-Z_]+\]: .*\nrolesanywhere-ts: hint: /);
    expect(result.stderr).toContain(message);
    expect(result.stderr).toContain(hint);
  });
});
