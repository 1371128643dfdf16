// Docker's own client and crane log in to a registry with the password that docker-credential-rolesanywhere-ts gets from ECR.
// ECR is moto; the registry is crane's, behind a server that asks for the password, under a name of ECR.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { request as sendRequest } from "node:http";
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { startHttpProxy } from "../support/http-proxy.js";
import type { HttpProxy } from "../support/http-proxy.js";
import { startMoto } from "../support/other-dynamodb.js";
import { createAuthority, issueCertificate, keyOf } from "../support/pki.js";
import { executable, runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition, requireTools } from "../support/tools.js";

const host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
/** moto has an account of its own. */
const motoLogin = /^AWS:\d{12}-auth-token$/;
const posix = requireCondition("Docker's login", process.platform === "linux", "Linux, where Go reads SSL_CERT_FILE");

describe.skipIf(!posix || !requireTools("Docker's login to a registry", "crane", "moto"))("a registry of ECR", () => {
  let account: EmulatorAccount;
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let storage: ChildProcess;
  let front: Server;
  let proxy: HttpProxy;
  let environment: Record<string, string | undefined>;
  const logins: string[] = [];

  beforeAll(async () => {
    [account, moto] = await Promise.all([startEmulatorAccount(), startMoto()]);
    storage = spawn("crane", ["registry", "serve", "--address", "127.0.0.1:0"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const port = await portOf(storage);
    const root = createAuthority(keyOf("ec-p256", "registry"));
    const leaf = issueCertificate(
      keyOf("ec-p256"),
      { subject: [["CN", host]], alternativeNames: [["dns", host]], extendedKeyUsage: ["serverAuth"] },
      root,
    );
    front = createServer({ cert: leaf.pem, key: leaf.key.privateKeyPem }, (request, response) => {
      const [, login = ""] = /^Basic (.*)$/.exec(request.headers.authorization ?? "") ?? [];
      const given = Buffer.from(login, "base64").toString("utf8");
      if (given !== "") logins.push(given);
      if (!motoLogin.test(given)) {
        request.resume();
        return void response.writeHead(401, { "www-authenticate": 'Basic realm="ecr"' }).end();
      }
      const { authorization: _, ...headers } = request.headers;
      const onward = sendRequest(
        { hostname: "127.0.0.1", port, method: request.method, path: request.url, headers },
        (received) => {
          response.writeHead(received.statusCode ?? 502, received.headers);
          received.pipe(response);
        },
      );
      onward.on("error", () => response.writeHead(502).end());
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => void front.listen(0, "127.0.0.1", resolve));
    const frontPort = (front.address() as AddressInfo).port;
    proxy = await startHttpProxy({ portOf: (asked) => (asked === host ? frontPort : undefined) });
    const folder = createScratch("docker");
    mkdirSync(join(folder, "bin"));
    symlinkSync(executable, join(folder, "bin", "docker-credential-rolesanywhere-ts"));
    writeFileSync(join(folder, "ca.pem"), root.pem);
    writeFileSync(join(folder, "config.json"), JSON.stringify({ credHelpers: { [host]: "rolesanywhere-ts" } }));
    environment = {
      ...account.variables,
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      HOME: folder,
      DOCKER_CONFIG: folder,
      DOCKER_HOST: "unix:///nonexistent/docker.sock",
      SSL_CERT_FILE: join(folder, "ca.pem"),
      HTTPS_PROXY: proxy.url,
      AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${moto.port}`,
      ROLESANYWHERE_TS_SETTINGS_PROFILE: "ec",
    };
  }, 60_000);
  afterAll(async () => {
    storage.kill("SIGKILL");
    front.close();
    await proxy[Symbol.asyncDispose]();
    await moto.close();
    await account.stop();
  });

  const run = (
    program: string,
    words: readonly string[],
    more: { readonly env?: object; readonly stdin?: string } = {},
  ) =>
    runProgram(program, words, {
      env: { ...environment, ...more.env },
      ...(more.stdin === undefined ? {} : { stdin: more.stdin }),
    });

  test("crane pushes and pulls with the password of docker-credential-rolesanywhere-ts", async () => {
    const folder = createScratch("layer");
    writeFileSync(join(folder, "hello"), "hello\n");
    await runProgram("tar", ["-cf", join(folder, "layer.tar"), "-C", folder, "hello"]);
    const pushed = await run("crane", ["append", "-f", join(folder, "layer.tar"), "-t", `${host}/app:1`]);
    expect(pushed, pushed.stderr).toMatchObject({ status: 0 });
    const shown = await run("crane", ["export", `${host}/app:1`, join(folder, "out.tar")]);
    expect(shown, shown.stderr).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, "out.tar")).includes("hello\n")).toBe(true);
    expect(logins.length).toBeGreaterThan(0);
    expect(logins.filter((login) => !motoLogin.test(login))).toEqual([]);
  }, 60_000);

  test("crane is refused without it", async () => {
    const bare = createScratch("bare");
    const { status, stderr } = await run("crane", ["manifest", `${host}/app:1`], { env: { DOCKER_CONFIG: bare } });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/401|UNAUTHORIZED/i);
  });

  test.skipIf(!requireTools("docker login itself", "docker"))("docker login and logout", async () => {
    const { stdout: password } = await runCli(["token", "ecr", "--region", "eu-west-1"], { env: environment });
    const login = await run("docker", ["login", "--username", "AWS", "--password-stdin", host], { stdin: password });
    expect(login.stdout, login.stderr).toContain("Login Succeeded");
    const config = readFileSync(join(environment["HOME"] ?? "", "config.json"), "utf8");
    expect(config).not.toContain(Buffer.from(password.trim()).toString("base64").slice(0, 20));
    const logout = await run("docker", ["logout", host]);
    expect(logout.status, logout.stderr).toBe(0);
  });
});

async function portOf({ stderr }: ChildProcess): Promise<number> {
  let text = "";
  for (;;) {
    const [chunk] = (await once(stderr!, "data")) as [Buffer];
    text += chunk.toString();
    const [, port] = /serving on port (\d+)/.exec(text) ?? [];
    if (port !== undefined) return Number(port);
  }
}
