// The SPIFFE source against SPIRE itself: its server, its agent and its rotation, over Go's gRPC.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { pythonEnvironment, runCli, startCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { findRuntimes } from "../support/runtimes.js";
import { createScratch } from "../support/scratch.js";
import { readServed, until } from "../support/served.js";
import { startSpire } from "../support/spire.js";
import type { Spire } from "../support/spire.js";
import { requireTools } from "../support/tools.js";

const id = "spiffe://example.org/app";
const watchKeys = fileURLToPath(new URL("../support/watch-keys.py", import.meta.url));
const uncached = { ROLESANYWHERE_TS_CACHE: "off" };

describe.skipIf(!requireTools("the SPIFFE source against SPIRE", "spire-server", "spire-agent"))("with SPIRE", () => {
  let emulator: Emulator;
  let spire: Spire;
  beforeAll(async () => {
    emulator = await startEmulator();
    spire = await startSpire({
      certificate: join(emulator.folder, "ca.pem"),
      key: join(emulator.folder, "ca-key.pem"),
    });
  }, 120_000);
  afterAll(async () => {
    spire.stop();
    await emulator.stop();
  });

  const flags = (query = "") =>
    emulatorFlags(emulator, { certificate: `spiffe:${spire.address}${query}`, "private-key": undefined });
  const vend = (query = "", ...more: readonly string[]) =>
    runCli(["credential-process", ...flags(query), ...more], { env: uncached });
  /** An entry reaches the agent some seconds after its creation. */
  const vendSoon = async (query = "") => {
    const reply = await until(
      async () => {
        const { status, stdout, stderr } = await vend(query, "--debug");
        return { status: Number(status), body: stdout + stderr };
      },
      ({ status }) => status === 0,
      60_000,
    );
    return reply.body;
  };

  it("no identity is issued before there is an entry, and a session after", async () => {
    const refused = await vend();
    expect(refused).toMatchObject({ status: 3, stdout: "" });
    expect(refused.stderr).toMatch(/error\[ERR_SPIFFE_IDENTITY\]: the SPIFFE agent of .* refused: no identity issued/);
    spire.register(id, "-x509SVIDTTL", "40", "-hint", "main");
    const trace = await vendSoon();
    expect(trace).toContain(`spiffe: ${id} from ${spire.address}`);
    expect(trace).toContain("1 intermediates");
  }, 120_000);

  it("check finds nothing wrong with an SVID, and read-certificate-data lists it", async () => {
    const bundle = ["--trust-anchor-bundle", join(emulator.folder, "ca.pem")];
    const checked = await runCli(["check", ...flags(), ...bundle], {
      env: { ...uncached, AWS_ENDPOINT_URL_STS: emulator.url },
    });
    expect(checked.status, checked.stdout).toBe(0);
    expect(checked.stdout).toContain(`x509SAN/URI=${id}`);
    const { stdout } = await runCli(["read-certificate-data", "--certificate", `spiffe:${spire.address}`]);
    expect(stdout).toContain(`URI: spiffe:${spire.address}?spiffe-id=${id}&hint=main`);
  });

  it("a JWT-SVID reaches STS for the audience", async () => {
    let body = "";
    const sts = createServer((request, response) => {
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => response.writeHead(403).end());
    }).listen(0, "127.0.0.1");
    await once(sts, "listening");
    const role = "arn:aws:iam::111122223333:role/Reader";
    await runCli(["assume-role", role, "--jwt-svid", "sts.amazonaws.com", "--certificate", `spiffe:${spire.address}`], {
      env: { AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(sts.address() as AddressInfo).port}` },
    });
    sts.close();
    const [, claims = ""] = new URLSearchParams(body).get("WebIdentityToken")?.split(".") ?? [];
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      sub: id,
      aud: ["sts.amazonaws.com"],
    });
  });

  it.skipIf(!requireTools("rotation by SPIRE under the eyes of boto3", "boto3"))(
    "serve follows SPIRE's rotations, and boto3 sees new sessions and no failure",
    async () => {
      const before = emulator.count("CreateSession");
      const cli = startCli(["serve", ...flags(), "--port", "0"], {
        env: { HOME: createScratch("home"), XDG_RUNTIME_DIR: createScratch("runtime") },
      });
      const served = await readServed(cli);
      const { stdout, stderr } = await runProgram("python3", [watchKeys, emulator.url, "45"], {
        timeoutMs: 90_000,
        env: {
          ...pythonEnvironment(),
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${served.url}/credentials`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: served.tokenFile,
        },
      });
      const seen = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { readonly key?: string; readonly error?: string });
      expect(seen.length, stderr).toBeGreaterThan(20);
      expect(seen.filter(({ error }) => error !== undefined)).toEqual([]);
      // An SVID of 40 seconds is rotated when half of its life is left.
      expect(new Set(seen.map(({ key }) => key)).size).toBeGreaterThanOrEqual(2);
      expect(emulator.count("CreateSession") - before).toBeGreaterThanOrEqual(2);
      expect(await cli.stop()).toMatchObject({ status: 0 });
    },
    150_000,
  );

  it("gives a session under every runtime that runs the executable", async () => {
    const cjs = fileURLToPath(new URL("../../dist/rolesanywhere-ts.cjs", import.meta.url));
    for (const { name, words } of findRuntimes().filter((runtime) => runtime.name !== "deno")) {
      const [program, ...more] = words;
      const { status, stderr } = await runProgram(program, [...more, cjs, "credential-process", ...flags()], {
        env: uncached,
      });
      expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: "" });
    }
  }, 120_000);
});
