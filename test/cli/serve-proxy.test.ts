import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { get, readServed } from "../support/served.js";
import type { Served } from "../support/served.js";
import { requireTools } from "../support/tools.js";

const source = fileURLToPath(new URL("../clients/reverse-proxy/main.go", import.meta.url));
const ttl = "x-aws-ec2-metadata-token-ttl-seconds";

describe.skipIf(!requireTools("serve behind a reverse proxy written in Go", "go"))(
  "serve behind a reverse proxy",
  () => {
    let identity: EmulatedIdentity;
    let served: Served;
    let proxy: ChildProcess;
    let proxyUrl: string;

    beforeAll(async () => {
      const program = join(createScratch("go"), "proxy");
      await promisify(execFile)("go", ["build", "-o", program, source]);
      identity = await createEmulatedIdentity();
      const words = ["serve", ...identity.flags, "--port", "0", "--role-arn", identity.roleArn("Demo")];
      served = await readServed(startCli(words, { env: { XDG_RUNTIME_DIR: createScratch("runtime") } }));
      const child = spawn(program, [served.url], { stdio: ["pipe", "pipe", "inherit"] });
      proxy = child;
      [proxyUrl = ""] = (await once(createInterface(child.stdout), "line")) as string[];
    }, 240_000);

    afterAll(async () => {
      proxy.kill();
      await served.cli.stop();
      await identity.emulator.stop();
    });

    const fillers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-filler-${n}`, "a"]));

    // A proxy adds headers of its own, and puts all of them in the order of their names.
    test.each([0, 50, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 100])(
      "gives nothing to who comes through it with %d other headers",
      async (count) => {
        const token = await get(`${proxyUrl}/latest/api/token`, { [ttl]: "60", ...fillers(count) }, { method: "PUT" });
        expect([400, 431]).toContain(token.status);
        const direct = await get(`${served.url}/latest/api/token`, { [ttl]: "60" }, { method: "PUT" });
        const headers = { "x-aws-ec2-metadata-token": direct.body, ...fillers(count) };
        const path = "/latest/meta-data/iam/security-credentials/Demo";
        expect([400, 431]).toContain((await get(`${proxyUrl}${path}`, headers)).status);
        const container = { authorization: served.token, ...fillers(count) };
        expect([400, 431]).toContain((await get(`${proxyUrl}/credentials`, container)).status);
      },
    );
  },
);
