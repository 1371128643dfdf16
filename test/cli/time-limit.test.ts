import { execFileSync, spawn } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { cleanEnvironment, executable, programFile, programWords, runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

/** The limit of 50 seconds, made short. */
const limit = { ROLESANYWHERE_TS_TIME_LIMIT_MS: "1500", ROLESANYWHERE_TS_CACHE: "off" };
/** A process that hangs is killed then, and its status tells. */
const timeoutMs = 15_000;

let identity: EmulatedIdentity;
let silent: Server;
const accepted = new Set<Socket>();
let proxy: string;

beforeAll(async () => {
  identity = await createEmulatedIdentity();
  silent = createServer((socket) => {
    accepted.add(socket);
    socket.on("error", () => undefined);
  });
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const socket of accepted) socket.destroy();
  silent.close();
  await identity.emulator.stop();
});

const withRole = () => [...identity.flags, "--role-arn", identity.roleArn("Demo")];
const role = "arn:aws:iam::111122223333:role/Next";

/** Without `--endpoint`, which comes last: a service on loopback is asked without a proxy. */
const behindProxy = () => [...identity.flags.slice(0, -2), "--role-arn", identity.roleArn("Demo")];

describe("a proxy that accepts and never answers CONNECT ends the run in time:", () => {
  it.each<[string, () => readonly string[]]>([
    ["credential-process", () => ["credential-process", ...behindProxy()]],
    ["credentials", () => ["credentials", ...behindProxy()]],
    ["assume-role", () => ["assume-role", role, ...behindProxy()]],
    ["exec", () => ["exec", ...behindProxy(), "--", "true"]],
    ["exec --server", () => ["exec", "--server", ...behindProxy(), "--", "true"]],
    ["update --once", () => ["update", "--once", ...behindProxy()]],
    ["request", () => ["request", "https://s3.us-east-1.amazonaws.com/", ...behindProxy()]],
    ["read-s3", () => ["read-s3", "s3://acme/a.csv", "--progress", "none", ...behindProxy()]],
    ["scan", () => ["scan", "table", "--progress", "none", ...behindProxy()]],
  ])("%s", async (_, argv) => {
    const env = { ...limit, HTTPS_PROXY: proxy, HTTP_PROXY: proxy, https_proxy: proxy, http_proxy: proxy };
    const { status, stderr, stdout } = await runCli(argv(), { env, timeoutMs });
    expect({ status, stdout, stderr }).toEqual({
      status: 4,
      stdout: "",
      stderr: expect.stringContaining("not done within 1.5 s"),
    });
  });

  it("check", async () => {
    const { status } = await runCli(["check", ...behindProxy()], {
      env: { ...limit, HTTPS_PROXY: proxy, HTTP_PROXY: proxy },
      timeoutMs,
    });
    expect([1, 4]).toContain(status);
  });
});

it("ends after its message though a connection is still open", async () => {
  const preload = join(createScratch("preload"), "open.cjs");
  writeFileSync(preload, `require("node:net").connect(${new URL(proxy).port}, "127.0.0.1");\n`);
  const result = await runCli(["version"], { runtime: [process.execPath, "--require", preload], timeoutMs });
  expect(result).toMatchObject({ status: 0, stderr: "" });
});

describe.skipIf(process.platform === "win32")("named pipes", () => {
  function createPipe(): string {
    const path = join(createScratch("pipe"), "pipe");
    execFileSync("mkfifo", [path]);
    return path;
  }

  /** Replaces the value of a flag, or adds it. */
  const withFlag = (argv: readonly string[], flag: string, value: string) => {
    const at = argv.indexOf(flag);
    return at === -1 ? [...argv, flag, value] : argv.with(at + 1, value);
  };

  it.each(["--certificate", "--private-key", "--intermediates", "--password-file"])(
    "without a writer are refused as %s",
    async (flag) => {
      const key = join(createScratch("key"), "client.key");
      const pem = readFileSync(identity.certificatePath, "utf8");
      const encrypted = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" } as const;
      writeFileSync(key, createPrivateKey(pem).export(encrypted), { mode: 0o600 });
      const base = ["credential-process", ...withRole(), "--private-key", key];
      const { status, stderr, stdout } = await runCli(withFlag(base, flag, createPipe()), { env: limit, timeoutMs });
      expect({ status, stdout, stderr }).toEqual({
        status: 3,
        stdout: "",
        stderr: expect.stringContaining("it is a pipe that nothing is written to"),
      });
    },
  );

  it.each(["AWS_CONFIG_FILE", "AWS_CA_BUNDLE"])("without a writer are refused as %s", async (name) => {
    const argv = ["credential-process", ...withRole(), "--settings-profile", "x"];
    const { status, stderr } = await runCli(argv, { env: { ...limit, [name]: createPipe() }, timeoutMs });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/pipe that nothing is written to|"x"/),
    });
  });

  it("are read when a writer comes late and writes in pieces", async () => {
    const path = createPipe();
    const pem = readFileSync(identity.certificatePath, "utf8");
    const argv = withFlag(["credential-process", ...withRole()], "--certificate", path);
    const writer = spawn("sh", [
      "-c",
      `sleep 0.3; { head -c 100 "$1"; sleep 0.3; tail -c +101 "$1"; } > "$2"`,
      "sh",
      identity.certificatePath,
      path,
    ]);
    const result = await runCli([...argv, "--private-key", identity.certificatePath], { env: limit, timeoutMs });
    writer.kill();
    expect(pem).toContain("BEGIN");
    expect(result).toMatchObject({ status: 0, stderr: "" });
  });

  // A first word, then silence or more of it without end.
  const silent = "sleep 60";
  const trickling = "printf -- '-----BEGIN'; while sleep 0.1; do printf x; done";
  it.each([
    ["-", silent, `"$@" --certificate - < "$PIPE"`],
    ["-", trickling, `"$@" --certificate - < "$PIPE"`],
    ["fd:3", silent, `"$@" --certificate fd:3 3< "$PIPE"`],
    ["fd:3", trickling, `"$@" --certificate fd:3 3< "$PIPE"`],
    ["- (key)", silent, `"$@" --certificate "$PEM" --private-key - < "$PIPE"`],
  ])("that do not end are given up in time as %s, with %j", async (_, writing, line) => {
    const [program, ...words] = programWords();
    const [, , ...others] = withRole();
    const env = { ...cleanEnvironment(limit), PIPE: createPipe(), PEM: identity.certificatePath };
    const writer = spawn("sh", ["-c", `exec > "$PIPE"; ${writing}`], { env, detached: true, stdio: "ignore" });
    const child = spawn("bash", ["-c", `exec ${line}`, "bash", program, ...words, "credential-process", ...others], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    const [status] = (await once(child, "close")) as [number | null];
    clearTimeout(timer);
    try {
      if (writer.pid !== undefined) process.kill(-writer.pid, "SIGKILL");
    } catch {
      // Its pipe is gone, and so is it.
    }
    expect(status).toBe(4);
  });

  it("bring what a shell substitutes and what stands at /dev/stdin", async () => {
    const [program, ...words] = programWords();
    const line = `"$@" --certificate <(cat "$PEM") --private-key /dev/stdin < <(cat "$PEM")`;
    const [, , ...others] = withRole();
    const child = spawn("bash", ["-c", line, "bash", program, ...words, "credential-process", ...others], {
      env: { ...cleanEnvironment(limit), PEM: identity.certificatePath },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.resume();
    const [status] = (await once(child, "close")) as [number];
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

// Bun reads a socket waiting, whatever is asked for; docs/standalone.md says so.
it.skipIf(programFile !== executable)("gives up a socket at standard input that does not end", async () => {
  const [, , ...others] = withRole();
  const cli = startCli(["credential-process", ...others, "--certificate", "-"], { env: limit });
  const timer = setTimeout(() => cli.child.kill("SIGKILL"), timeoutMs);
  cli.child.stdin.on("error", () => undefined);
  cli.child.stdin.write("-----BEGIN");
  const { status, stdout } = await cli.ended;
  clearTimeout(timer);
  expect({ status, stdout }).toEqual({ status: 4, stdout: "" });
});

it("reads a socket at standard input to its end", async () => {
  const [, , ...others] = withRole();
  const pem = readFileSync(identity.certificatePath, "utf8");
  const cli = startCli(["credential-process", ...others, "--certificate", "-", "--private-key", "-"]);
  cli.child.stdin.write(pem.slice(0, 100));
  await sleep(300);
  cli.child.stdin.end(pem.slice(100));
  expect(await cli.ended).toMatchObject({ status: 0, stderr: "" });
});

it.skipIf(process.platform === "win32")("refuses a device without end", async () => {
  const [, , ...others] = withRole();
  const words = ["credential-process", ...others, "--certificate", "/dev/zero"];
  const { status, stderr } = await runCli(words, { env: limit, timeoutMs });
  expect({ status, stderr }).toEqual({
    status: 3,
    stderr: expect.stringContaining("it gives more than 67108864 bytes"),
  });
});
