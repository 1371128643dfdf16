import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { cleanEnvironment, runCli, startCli, programWords, executable, programFile } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { issueCertificate, keyOf } from "../support/pki.js";
import { openNotifySocket } from "../support/notify-socket.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { credentials, get, keyIdOf, readServed, until } from "../support/served.js";
import type { Served } from "../support/served.js";
import { requireTools } from "../support/tools.js";

let identity: EmulatedIdentity;
const running: RunningCli[] = [];

beforeEach(async () => {
  identity = await createEmulatedIdentity();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop("SIGKILL")));
  await identity.emulator.stop();
});

function serve(...more: readonly string[]): Promise<Served> {
  return readServed(start("--port", "0", "--role-arn", identity.roleArn("Demo"), ...more));
}

function start(...words: readonly string[]): RunningCli {
  const { url } = identity.emulator;
  const cli = startCli(["serve", ...identity.flags, ...words], {
    env: { AWS_ENDPOINT_URL_STS: url, XDG_RUNTIME_DIR: createScratch("runtime") },
  });
  running.push(cli);
  return cli;
}

describe("serve", () => {
  test("gives one session to both dialects and ends in order", async () => {
    const served = await serve();
    const container = await credentials(served);
    expect(container.status).toBe(200);
    const put = await get(
      `${served.url}/latest/api/token`,
      { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
      { method: "PUT" },
    );
    const headers = { "x-aws-ec2-metadata-token": put.body };
    const base = `${served.url}/latest/meta-data/iam/security-credentials/`;
    expect((await get(base, headers)).body).toBe("Demo");
    const metadata = await get(`${base}Demo`, headers);
    expect(keyIdOf(metadata)).toBe(keyIdOf(container));
    expect((await get(`${served.url}/latest/meta-data/placement/region`, headers)).body).toBe("us-east-1");
    expect(identity.emulator.count("CreateSession")).toBe(1);
    const { status, stdout, stderr } = await served.cli.stop();
    expect(status).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^Local server started on port: \d+$/m);
    const { SecretAccessKey, Token } = JSON.parse(container.body) as Record<string, string>;
    for (const secret of [SecretAccessKey, Token, served.token]) expect(stderr).not.toContain(secret);
    expect(existsSync(served.tokenFile)).toBe(false);
  });

  test("goes on when nobody reads its stderr any more", async () => {
    identity.limitSessions(6);
    const served = await serve();
    const first = keyIdOf(await credentials(served));
    served.cli.child.stderr.destroy();
    await until(
      () => credentials(served),
      (reply) => keyIdOf(reply) !== first,
    );
    expect((await served.cli.stop()).status).toBe(0);
  });

  test("does not wait for a renewal under way when it is stopped", async () => {
    identity.limitSessions(9);
    const served = await serve("--debug");
    identity.emulator.addFaults({ kind: "latency", milliseconds: 60_000 });
    await served.cli.waitFor(/identity: serial[^]*identity: serial/, "stderr");
    const startedMs = performance.now();
    expect((await served.cli.stop()).status).toBe(0);
    // The renewal itself would take 20 s to give up.
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });

  test("keeps a token file of its own for the next start", async () => {
    const tokenFile = join(createScratch(), "token");
    const first = await serve("--token-file", tokenFile);
    await first.cli.stop();
    const second = await serve("--token-file", tokenFile);
    expect(second.token).toBe(first.token);
    expect((await credentials(second)).status).toBe(200);
  });

  test("names a token file with a line end, which some SDKs send along or refuse", async () => {
    const tokenFile = join(createScratch(), "token");
    writeFileSync(tokenFile, "0123456789abcdef\n", { mode: 0o600 });
    const served = await serve("--token-file", tokenFile);
    expect(served.cli.stderr()).toContain(
      `rolesanywhere-ts: warning: token file ${tokenFile} ends with a line end: the AWS SDK for .NET sends it along`,
    );
    expect((await get(`${served.url}/credentials`, { authorization: "0123456789abcdef" })).status).toBe(200);
  });

  test("ends with the service's error when the first session cannot be obtained", async () => {
    const role = ["--role-arn", identity.roleArn("Untrusting")];
    const { status, stderr, stdout } = await runCli(["serve", ...identity.flags, "--port", "0", ...role]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^rolesanywhere-ts: error\[ERR_[A-Z_]+\]: /);
    expect(stderr).not.toContain("warning");
  });

  test("waits for the first session when told to be lazy", async () => {
    identity.emulator.updateState((state) => ({
      ...state,
      trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, enabled: false })),
    }));
    const served = await serve("--lazy");
    const refused = await until(
      () => credentials(served),
      ({ body }) => body.includes("ERR_ACCESS_DENIED"),
    );
    expect(refused.status).toBe(503);
    expect((await get(`${served.url}/healthz`)).status).toBe(503);
    identity.emulator.updateState((state) => ({
      ...state,
      trustAnchors: state.trustAnchors.map((anchor) => ({ ...anchor, enabled: true })),
    }));
    await until(
      () => credentials(served),
      ({ status }) => status === 200,
    );
    expect((await get(`${served.url}/healthz`)).status).toBe(200);
  });

  test("warns of a certificate that ends soon, and tells its end in the metrics", async () => {
    const end = Math.floor(Date.now() / 1000) + 3 * 86_400;
    identity.rotate({ notBefore: new Date((end - 30 * 86_400) * 1000), notAfter: new Date(end * 1000) });
    const served = await serve();
    await served.cli.waitFor(/warning: Demo: the certificate expires at \S+: replace it/, "stderr");
    const { body } = await get(`${served.url}/metrics`);
    expect(body).toContain(`certificate_expiration_timestamp_seconds{session="Demo"} ${end}\n`);
  });

  test("recovers by itself, with a rotated certificate too", async () => {
    identity.limitSessions(9);
    const served = await serve();
    const first = await credentials(served);
    identity.rotate({ notBefore: new Date(Date.now() - 7_200_000), notAfter: new Date(Date.now() - 3_600_000) });
    await served.cli.waitFor(/warning: Demo: no new session: .*next attempt in \d+ s/, "stderr");
    identity.rotate({ serial: 77n });
    const second = await until(
      () => credentials(served),
      (reply) => reply.status === 200 && keyIdOf(reply) !== keyIdOf(first),
    );
    expect(second.status).toBe(200);
    const { body } = await get(`${served.url}/metrics`);
    expect(body).toMatch(/renewals_total\{session="Demo"\} 2\n/);
    expect(body).toMatch(/renewal_failures_total\{session="Demo",code="ERR_CERTIFICATE_EXPIRED"\} \d/);
  });
});

describe("several roles", () => {
  test("each answer to the token of their binding, with hops on demand", async () => {
    const folder = createScratch("bindings");
    const file = join(folder, "bindings.json");
    writeFileSync(
      file,
      JSON.stringify([
        { name: "main", "role-arn": identity.roleArn("Demo"), "allow-role-arn": [identity.roleArn("Target")] },
        { "role-arn": identity.roleArn("Short"), "token-file": join(folder, "short.token") },
      ]),
    );
    const cli = start("--port", "0", "--bindings", file);
    const [, url = ""] = await cli.waitFor(/FULL_URI=(\S+)\/credentials\n(?:.*\n)*.*FULL_URI/, "stderr");
    const [, mainFile = ""] = await cli.waitFor(/TOKEN_FILE=(\S+main\.token)\n/, "stderr");
    const main = { authorization: readFileSync(mainFile, "utf8") };
    const short = { authorization: readFileSync(join(folder, "short.token"), "utf8") };
    const keys = [
      await get(`${url}/credentials`, main),
      await get(`${url}/credentials/Short`, short),
      await get(`${url}/role-arn/${identity.roleArn("Target")}`, main),
    ].map(keyIdOf);
    expect(new Set(keys).size).toBe(3);
    expect((await get(`${url}/credentials/Short`, main)).status).toBe(404);
    expect((await get(`${url}/role-arn/${identity.roleArn("Target")}`, short)).status).toBe(403);
    expect(identity.emulator.count("AssumeRole")).toBe(1);
    expect((await get(`${url}/latest/api/token`, {}, { method: "PUT" })).status).toBe(404);
  });

  test("can be given by flags alone, and share the port with the metadata service when asked", async () => {
    const cli = start(
      "--port",
      "0",
      "--imds",
      ...["Demo", "Short"].flatMap((name) => ["--role-arn", identity.roleArn(name)]),
    );
    const [, url = ""] = await cli.waitFor(/SERVICE_ENDPOINT=(\S+)\n/, "stderr");
    const put = await get(
      `${url}/latest/api/token`,
      { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
      { method: "PUT" },
    );
    const headers = { "x-aws-ec2-metadata-token": put.body };
    const base = `${url}/latest/meta-data/iam/security-credentials/`;
    expect((await get(base, headers)).body).toBe("Demo");
    expect((await get(`${base}Short`, headers)).status).toBe(404);
  });
});

describe("where it listens", () => {
  const demo = () => ["--role-arn", identity.roleArn("Demo")];

  test("serves TLS", async () => {
    const folder = createScratch("tls");
    const { root } = identity.emulator;
    const issued = issueCertificate(keyOf("ec-p256", "server"), { alternativeNames: [["ip", "127.0.0.1"]] }, root);
    writeFileSync(join(folder, "cert.pem"), issued.pem);
    writeFileSync(join(folder, "key.pem"), issued.key.privateKeyPem);
    const tlsFlags = ["--tls-cert", join(folder, "cert.pem"), "--tls-key", join(folder, "key.pem")];
    const served = await serve(...tlsFlags);
    expect(served.url).toMatch(/^https:/);
    expect((await get(`${served.url}/credentials`, { authorization: served.token }, { ca: root.pem })).status).toBe(
      200,
    );
    const other = keyOf("ec-p256", "other").privateKeyPem;
    writeFileSync(join(folder, "key.pem"), other);
    const { status, stderr } = await start("--port", "0", ...demo(), ...tlsFlags).ended;
    expect(status).toBe(2);
    expect(stderr).toContain("cannot serve TLS");
  });

  test("listens on a unix socket and over IPv6", async () => {
    const socketPath = join(createScratch("unix"), "socket");
    const token = join(createScratch(), "token");
    const cli = start("--listen", "[::1]:0", "--listen", `unix:${socketPath}`, "--token-file", token, ...demo());
    const [, url = ""] = await cli.waitFor(/FULL_URI=(\S+)\n/, "stderr");
    expect(url).toContain("http://[::1]:");
    const headers = { authorization: readFileSync(token, "utf8") };
    expect((await get(url, headers)).status).toBe(200);
    expect((await get("http://localhost/credentials", headers, { socketPath })).status).toBe(200);
    await cli.stop();
    expect(existsSync(socketPath)).toBe(false);
  });

  const standalone = programFile !== executable;
  test.skipIf(!standalone)("refuses sockets that systemd opened, where the runtime takes none", async () => {
    const token = join(createScratch(), "token");
    const words = ["serve", ...identity.flags, "--role-arn", identity.roleArn("Demo"), "--token-file", token];
    const script = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"';
    const { stderr, status } = await runProgram("sh", ["-c", script, "sh", ...programWords(), ...words]);
    expect(stderr).toContain(
      "error[ERR_NOT_AVAILABLE]: the standalone executable cannot take over a socket that systemd opened\n",
    );
    expect(status).toBe(2);
  });

  test.skipIf(standalone || !requireTools("sockets opened by systemd", "systemd-socket-activate"))(
    "takes over sockets that systemd opened",
    async () => {
      const port = await freePort();
      const token = join(createScratch(), "token");
      const words = ["serve", ...identity.flags, "--role-arn", identity.roleArn("Demo"), "--token-file", token];
      const child = spawn("systemd-socket-activate", ["-l", `127.0.0.1:${port}`, ...programWords(), ...words], {
        env: cleanEnvironment(),
        stdio: ["ignore", "ignore", "pipe"],
      });
      try {
        let log = "";
        child.stderr.on("data", (chunk: Buffer) => {
          log += chunk.toString();
        });
        const url = `http://127.0.0.1:${port}`;
        await until(
          () => get(`${url}/healthz`).catch(() => ({ status: 0, body: log })),
          ({ status }) => status === 200,
        );
        expect((await get(`${url}/credentials`, { authorization: readFileSync(token, "utf8") })).status).toBe(200);
      } finally {
        child.kill("SIGTERM");
      }
    },
  );

  test.skipIf(!requireTools("readiness told to systemd", "python3", "systemd-notify"))(
    "tells systemd when it is ready, and no sooner",
    async () => {
      const socket = await openNotifySocket();
      const cli = startCli(["serve", ...identity.flags, "--port", "0", ...demo()], {
        env: { NOTIFY_SOCKET: socket.path, XDG_RUNTIME_DIR: createScratch("runtime") },
      });
      running.push(cli);
      expect(await socket.message).toMatch(/^READY=1\nSTATUS=serving Demo$/m);
      expect((await credentials(await readServed(cli))).status).toBe(200);
      expect(cli.stderr()).not.toContain("warning");
    },
  );

  test.each([
    [["--listen", "0.0.0.0:0"], 2, "not a loopback address"],
    [["--listen", "0.0.0.0:0", "--allow-remote", "--hop-limit", "2"], 2, "Node.js cannot set the time to live"],
    [["--hop-limit", "0"], 2, "expected 1 to 255"],
    [["--port", "70000"], 2, "expected 0 to 65535"],
    [["--port", "1", "--listen", "127.0.0.1:0"], 2, "exclude each other"],
    [["--container=false", "--imds=false", "--port", "0"], 2, "neither container credentials nor the metadata service"],
    [["--tls-cert", "x", "--port", "0"], 2, "--tls-cert is given without --tls-key"],
    [["--bindings", "/nowhere.json"], 2, "exclude each other"],
    [["--token-file", "a", "--token-file", "b"], 2, "--token-file is given 2 times for 1 roles"],
  ])("refuses %j", async (words, status, message) => {
    const result = await start(...demo(), ...words).ended;
    expect(result.stderr).toContain(message);
    expect(result.status).toBe(status);
    expect(result.stdout).toBe("");
  });

  test("honours a hop limit on loopback, whatever it is", async () => {
    expect((await credentials(await serve("--hop-limit", "1"))).status).toBe(200);
  });

  test("logs what a port forwarder asks for, with the flag that allows it", async () => {
    const served = await serve();
    const forwarder = createServer((client) => {
      const upstream = connect(Number(new URL(served.url).port), "127.0.0.1");
      client.pipe(upstream).pipe(client);
    });
    const port = await new Promise<number>((resolve) => {
      forwarder.listen(0, "127.0.0.1", () => resolve((forwarder.address() as AddressInfo).port));
    });
    const forwarded = `http://127.0.0.1:${port}`;
    for (const host of [`127.0.0.1:${port}`, `127.0.0.1:${port}`, "evil.example", "\u009b31mred"]) {
      const { status } = await get(`${served.url}/credentials`, { authorization: served.token, host });
      expect(status).toBe(403);
    }
    expect((await credentials({ ...served, url: forwarded })).status).toBe(403);
    const hint = `hint: add --allowed-host 127.0.0.1:${port} if a port forwarder such as ssh -L`;
    expect(served.cli.stderr().split(hint)).toHaveLength(2);
    expect(served.cli.stderr()).toContain(
      "hint: add --allowed-host evil.example if clients reach this server by that name",
    );
    expect(served.cli.stderr()).not.toContain("\u009b");
    const allowing = await serve("--allowed-host", `127.0.0.1:${port}`);
    const behind = { ...allowing, url: allowing.url };
    expect(
      (await get(`${behind.url}/credentials`, { authorization: behind.token, host: `127.0.0.1:${port}` })).status,
    ).toBe(200);
    forwarder.close();
  });

  test("goes without container credentials where no token can be written", async () => {
    const folder = join(createScratch(), "gone");
    const cli = startCli(["serve", ...identity.flags, "--port", "0", ...demo()], { env: { TMPDIR: folder } });
    running.push(cli);
    await cli.waitFor(/warning: no container credentials: cannot create a folder for tokens/, "stderr");
    await cli.waitFor(/AWS_EC2_METADATA_SERVICE_ENDPOINT=http:\S+:\d+\n/, "stderr");
    mkdirSync(folder);
    const asked = startCli(["serve", ...identity.flags, "--port", "0", ...demo(), "--container"], {
      env: { TMPDIR: join(folder, "gone") },
    });
    expect((await asked.ended).status).toBe(2);
  });
});
