import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileNames, openFolder } from "../../src/emulator/folder.js";
import { openSessionToken, secretFor } from "../../src/emulator/signature/session-token.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { runCli } from "../support/run-cli.js";
import { startSignedFront } from "../support/signed-front.js";
import type { KnownKey, SignedFront } from "../support/signed-front.js";

let server: DynamoDbServer;
let emulator: Emulator;
let front: SignedFront;
const roles = new Set<string>();

beforeAll(async () => {
  server = await startDynalite();
  await createTable(server, "orders");
  const items = Array.from({ length: 50 }, (_, index) => ({ pk: { S: `order-${index}` } }));
  await putItems(server, "orders", items);
  emulator = await startEmulator();
  const { sealingKey } = openFolder(emulator.folder);
  front = await startSignedFront({
    upstreamPort: server.port,
    keyOf(accessKeyId, sessionToken): KnownKey | undefined {
      const session = openSessionToken(sessionToken ?? "", sealingKey);
      if (session?.accessKeyId !== accessKeyId) return undefined;
      roles.add(session.assumedRoleArn.split("/")[1] ?? "");
      return {
        secretAccessKey: secretFor(accessKeyId, sealingKey),
        sessionToken: sessionToken ?? "",
        expiresAtMs: session.expiresAtMs,
      };
    },
  });
});

afterAll(async () => {
  await front.close();
  await emulator.stop();
  await server.close();
});

describe("scan with a certificate", () => {
  it.each([
    ["its own role", [] as string[], "Demo"],
    ["a role behind a hop", ["Target"], "Target"],
  ])("is signed as %s", async (_name, hops, role) => {
    roles.clear();
    const { trustAnchors, profiles, roles: known } = emulator.state();
    const arnOf = (name: string) => known.find(({ arn }) => arn.endsWith(`/${name}`))?.arn ?? "";
    const result = await runCli(
      [
        "scan",
        "orders",
        "--certificate",
        join(emulator.folder, fileNames.ecChain),
        "--private-key",
        join(emulator.folder, fileNames.ecKey),
        "--trust-anchor-arn",
        trustAnchors[0]?.arn ?? "",
        "--profile-arn",
        profiles[0]?.arn ?? "",
        "--role-arn",
        arnOf("Demo"),
        ...hops.flatMap((name) => ["--assume-role-arn", arnOf(name)]),
        "--endpoint-url",
        front.url,
      ],
      { env: { ...emulator.variables, AWS_CONFIG_FILE: undefined } },
    );
    expect(result.stderr).toMatch(/^scan: 50 items/m);
    expect(result.status).toBe(0);
    expect(result.stdout.split("\n").slice(0, -1)).toHaveLength(50);
    expect([...roles]).toEqual([role]);
  });

  it("is signed by the emulator's profile through credential_process", async () => {
    roles.clear();
    const result = await runCli(["scan", "orders", "--settings-profile", "chained", "--endpoint-url", front.url], {
      env: emulator.variables,
    });
    expect(result.stderr).toMatch(/^scan: 50 items/m);
    expect([...roles]).toEqual(["Target"]);
  });

  it("shows no secret when it is refused", async () => {
    const result = await runCli(["scan", "orders", "--endpoint-url", front.url], {
      env: {
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "ASIACANARY",
        AWS_SECRET_ACCESS_KEY: "canary-secret",
        AWS_SESSION_TOKEN: "canary-token",
      },
    });
    expect(result).toMatchObject({ status: 1, stdout: "" });
    expect(result.stderr).toContain("UnrecognizedClientException");
    expect(result.stderr).not.toContain("canary");
  });

  it("says plainly that there are no credentials", async () => {
    const result = await runCli(["scan", "orders", "--endpoint-url", front.url], {
      env: { AWS_REGION: "us-east-1", AWS_EC2_METADATA_DISABLED: "true" },
    });
    expect(result.stdout).toBe("");
    expect(result.status).toBe(2);
    expect(result.stderr).toMatch(/^rolesanywhere-ts: error\[ERR_[A-Z_]+\]: .*credentials/);
    expect(result.stderr).not.toMatch(/unexpected (?:fault|error)|^ {4}at /m);
  });
});
