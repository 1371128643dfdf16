import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { cleanEnvironment, pythonEnvironment } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const available = requireTools("AWS's Python session library against the emulator", "iam_rolesanywhere_session");

const newest = requireTools("AWS's Python session library by aliases", "botocore-1.44");

/** AWS's own client: boto3's SigV4 code with a certificate's signature in place of the HMAC. */
const script = `
import json, sys
import botocore
from iam_rolesanywhere_session import IAMRolesAnywhereSession
spec = json.loads(sys.argv[1])
def call(spec):
    url = spec.pop("sts")
    session = IAMRolesAnywhereSession(**spec).get_session()
    return session.client("sts", endpoint_url=url).get_caller_identity()["Arn"]
try:
    print(json.dumps({"arn": call(spec), "botocore": botocore.__version__}))
except Exception as error:
    print(json.dumps({"error": str(error)}))
`;

describe.skipIf(!available)("AWS's iam-rolesanywhere-session", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ tls: true, folder: createScratch() });
  });
  afterAll(() => emulator.stop());

  async function call(
    spec: object,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ arn?: string; botocore?: string; error?: string }> {
    const { trustAnchors, profiles, roles } = emulator.state();
    const file = join(createScratch(), "call.py");
    writeFileSync(file, script);
    const options = {
      trust_anchor_arn: trustAnchors[0]!.arn,
      profile_arn: profiles[0]!.arn,
      role_arn: roles[0]!.arn,
      endpoint: emulator.url.replace("https://", ""),
      verify: join(emulator.folder, "ca.pem"),
      sts: emulator.url,
      ...spec,
    };
    const env = cleanEnvironment({ ...pythonEnvironment(), ...environment });
    const { stdout } = await promisify(execFile)("python3", [file, JSON.stringify(options)], { env });
    return JSON.parse(stdout) as { arn?: string; error?: string };
  }

  const file = (name: string) => join(emulator.folder, name);

  it.each(["rsa", "ec"])("gets a session with an %s certificate and its chain, over TLS", async (kind) => {
    const answer = await call({
      certificate: file(`${kind}.pem`),
      private_key: file(`${kind}-key.pem`),
      certificate_chain: file("intermediate.pem"),
    });
    expect(answer.error).toBeUndefined();
    expect(answer.arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/Demo\/[0-9a-f]{32}$/);
    expect(
      emulator
        .requests()
        .map(({ operation, statusCode }) => [operation, statusCode])
        .slice(-2),
    ).toEqual([
      ["CreateSession", 201],
      ["GetCallerIdentity", 200],
    ]);
  });

  it.skipIf(!newest)("gets a session by aliases, over botocore 1.44.8", async () => {
    const state = emulator.state();
    const [anchor, profile] = [state.trustAnchors[0]!.arn, state.profiles[0]!.arn];
    emulator.updateState((before) => ({
      ...before,
      trustAnchors: before.trustAnchors.map((entry) => ({ ...entry, aliasName: "corp" })),
      profiles: before.profiles.map((entry) => (entry.arn === profile ? { ...entry, aliasName: "web" } : entry)),
    }));
    const spec = {
      certificate: file("ec.pem"),
      private_key: file("ec-key.pem"),
      certificate_chain: file("intermediate.pem"),
      trust_anchor_arn: anchor.replace(/:trust-anchor.*/, ":alias/trust-anchor/corp"),
      profile_arn: profile.replace(/:profile.*/, ":alias/profile/web"),
    };
    const answer = await call(spec, { PYTHONPATH: process.env["ROLESANYWHERE_TS_BOTOCORE"] ?? "" });
    expect(answer.error).toBeUndefined();
    expect(answer.arn).toMatch(/assumed-role\/Demo\//);
    expect(answer.botocore).toBe("1.44.8");
    emulator.updateState(() => state);
  });

  it("is told why, in words that it shows to its user", async () => {
    const answer = await call({ certificate: file("ec.pem"), private_key: file("ec-key.pem") });
    expect(answer.error).toContain("CreateSession failed (HTTP 403): Untrusted signing certificate");
    const named = await call({
      certificate: file("ec.pem"),
      private_key: file("ec-key.pem"),
      certificate_chain: file("intermediate.pem"),
      role_session_name: "me",
    });
    expect(named.error).toContain("Not authorized to set roleSessionName");
  });
});
