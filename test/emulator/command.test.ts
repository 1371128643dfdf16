import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runCli, startCli } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition } from "../support/tools.js";
import { send } from "../support/x509-signer.js";

const posix = requireCondition("file modes", process.platform !== "win32", "a POSIX system");
const ready = /^# emulator ready at (\S+)\n/m;

let running: RunningCli | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(...argv: readonly string[]): Promise<{ url: string; cli: RunningCli }> {
  running = startCli(["emulator", ...argv]);
  const [, url = ""] = await running.waitFor(ready);
  return { url, cli: running };
}

describe("rolesanywhere-ts emulator", () => {
  it("prints what to export, serves, and ends with status 0 on SIGTERM and SIGINT", async () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const { url, cli } = await start();
      expect((await send(url, { method: "GET", path: "/" })).statusCode).toBe(404);
      const { stdout, status } = await cli.stop(signal);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^export AWS_CONFIG_FILE=\S+\n/);
      expect(stdout).toContain(`export AWS_ENDPOINT_URL_ROLESANYWHERE=${url}\nexport AWS_ENDPOINT_URL_STS=${url}\n`);
      const [, config = ""] = /AWS_CONFIG_FILE=(\S+)/.exec(stdout) ?? [];
      expect(existsSync(config)).toBe(false);
    }
  });

  it("keeps its certificates and state in a folder with spaces, and uses them again", async () => {
    const folder = join(createScratch(), "a folder", "of its own");
    const files = [
      "ca.pem",
      "ca-key.pem",
      "intermediate.pem",
      "rsa.pem",
      "rsa-key.pem",
      "ec.pem",
      "state.json",
      "sealing-key",
    ];
    const read = () => files.map((name) => readFileSync(join(folder, name), "utf8"));
    const { cli } = await start("--dir", folder);
    const before = read();
    expect(existsSync(join(folder, "env.sh"))).toBe(true);
    await cli.stop();
    expect(existsSync(join(folder, "env.sh"))).toBe(false);
    await start("--dir", folder);
    expect(read()).toEqual(before);
  });

  it.skipIf(!posix)("lets nobody else read its keys", async () => {
    const folder = join(createScratch(), "private");
    await start("--dir", folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of [
      "ca-key.pem",
      "rsa-key.pem",
      "ec-key.pem",
      "ec-encrypted-key.pem",
      "password.txt",
      "sealing-key",
    ]) {
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    }
  });

  it("logs one line of JSON a request, with the verdict and the reason", async () => {
    const { url, cli } = await start("--log", "json");
    await send(url, { method: "POST", path: "/sessions", headers: { authorization: "nothing" } });
    const { stderr } = await cli.stop();
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      operation: "CreateSession",
      verdict: "refused",
      code: "IncompleteSignatureException",
      reason: "Authorization header names no algorithm",
      statusCode: 403,
    });
  });

  it("logs for people, or not at all", async () => {
    const one = await start();
    await send(one.url, { method: "POST", path: "/sessions" });
    expect((await one.cli.stop()).stderr).toMatch(
      /^\d\d:\d\d:\d\d CreateSession 403 MissingAuthenticationTokenException: .*\(\d+ ms\)\n$/,
    );
    const other = await start("--log", "none");
    await send(other.url, { method: "POST", path: "/sessions" });
    expect((await other.cli.stop()).stderr).toBe("");
  });

  it("takes faults from the command line", async () => {
    const { url } = await start("--fault", "CreateSession:error=503*1", "--fault", "AssumeRole:drop");
    const answer = await send(url, { method: "POST", path: "/sessions" });
    expect([answer.statusCode, answer.headers["x-amzn-errortype"]]).toEqual([503, "ServiceUnavailable"]);
    expect((await send(url, { method: "POST", path: "/sessions" })).statusCode).toBe(403);
  });

  it("serves HTTPS that its own authority vouches for, on IPv4 and by name", async () => {
    const { url, cli } = await start("--tls", "--listen", "localhost:0");
    expect(url).toMatch(/^https:\/\/localhost:/);
    const exported = await cli.waitFor(/AWS_CA_BUNDLE=(\S+)\n/);
    const ca = readFileSync(exported[1] ?? "", "utf8");
    expect((await send(url, { method: "GET", path: "/", ca })).statusCode).toBe(404);
    await expect(send(url, { method: "GET", path: "/" })).rejects.toThrow(/certificate/);
  });

  it.each([
    [["--listen", "nowhere"], 2, 'invalid argument "nowhere" for --listen: expected HOST:PORT'],
    [["--listen", "127.0.0.1:99999"], 2, "expected HOST:PORT"],
    [["--fault", "nonsense"], 2, 'invalid argument for --fault: found "nonsense", expected [OPERATION:]KIND'],
    [["--log", "xml"], 2, 'invalid argument "xml" for --log'],
    [["--listen", "192.0.2.1:0"], 2, "an address that other machines can reach"],
    [["--listen", "192.0.2.1:0", "--allow-remote"], 4, "cannot listen on 192.0.2.1:0: EADDRNOTAVAIL"],
    [["--dir", "/dev/null/x"], 2, "cannot use folder /dev/null/x: ENOTDIR"],
  ])("refuses %j with status %d", async (argv, status, message) => {
    const result = await runCli(["emulator", ...argv]);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ status, stdout: "" });
  });

  it("names the port that somebody else holds", async () => {
    const { url } = await start();
    const { status, stderr, stdout } = await runCli(["emulator", "--listen", new URL(url).host]);
    expect([status, stdout]).toEqual([4, ""]);
    expect(stderr).toContain("EADDRINUSE");
    expect(stderr).toContain("hint: give --listen 127.0.0.1:0 for a free port");
  });
});
