import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import { startCli } from "../support/run-cli.js";
import { get, readServed } from "../support/served.js";

const load = fileURLToPath(new URL("../../bench/http-load.mjs", import.meta.url));

interface Loaded {
  readonly requests: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly distinctBodies: number;
}

test("serve answers 1,000 connections at once without an error, from one session", async () => {
  const identity = await createEmulatedIdentity();
  const cli = startCli(["serve", ...identity.flags, "--port", "0", "--role-arn", identity.roleArn("Demo")]);
  try {
    const { url, token } = await readServed(cli);
    const asked = {
      host: "127.0.0.1",
      port: Number(new URL(url).port),
      path: "/credentials",
      headers: { Authorization: `Bearer ${token}` },
      connections: 1000,
      seconds: 3,
    };
    const { stdout } = await promisify(execFile)(process.execPath, [load, JSON.stringify(asked)]);
    const { requests, errors, distinctBodies } = JSON.parse(stdout) as Loaded;
    expect({ errors, distinctBodies }).toEqual({ errors: {}, distinctBodies: 1 });
    expect(requests).toBeGreaterThanOrEqual(1000);
    expect(identity.emulator.count("CreateSession")).toBe(1);
    const { body } = await get(`${url}/metrics`);
    expect(body).toContain(`rolesanywhere_ts_requests_total{route="credentials",status="200"} ${requests}\n`);
  } finally {
    await cli.stop();
    await identity.emulator.stop();
  }
});
