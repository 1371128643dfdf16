import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/finding.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { emulatorFlags, roleArn } from "../support/emulator-flags.js";
import { executable, runCli, startCli } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { readServed } from "../support/served.js";
import type { Served } from "../support/served.js";
import { startMoto } from "../support/other-dynamodb.js";
import { requireTools } from "../support/tools.js";

const account = "111122223333";
const home = createScratch("methods-home");
let emulator: Emulator;
let container: Served;
let instance: RunningCli;
let instanceUrl: string;

beforeAll(async () => {
  emulator = await startEmulator({ program: [process.execPath, executable] });
  const flags = ["serve", ...emulatorFlags(emulator)];
  container = await readServed(startCli([...flags, "--listen", "127.0.0.1:0"]));
  instance = startCli([...flags, "--port", "0"]);
  const [, url = ""] = await instance.waitFor(/AWS_EC2_METADATA_SERVICE_ENDPOINT=(http:\/\/[^/\s]+)/, "stderr");
  instanceUrl = url;
});
afterAll(async () => {
  await container.cli.stop();
  await instance.stop();
  await emulator.stop();
});

async function methods(
  env: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): Promise<{ readonly byName: Readonly<Record<string, Finding>>; readonly status: number | string }> {
  const { AWS_ENDPOINT_URL_STS = "", AWS_REGION = "" } = emulator.variables;
  const { stdout, stderr, status } = await runCli(["check", "--methods", "--json", ...more], {
    env: { HOME: home, AWS_ENDPOINT_URL_STS, AWS_REGION, AWS_EC2_METADATA_DISABLED: "true", ...env },
  });
  expect(stderr).toBe("");
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return { byName: Object.fromEntries(findings.map((finding) => [finding.subject, finding])), status };
}

test("nothing configured: every method is skipped with its reason, and the default chain fails", async () => {
  const { byName, status } = await methods({});
  expect(status).toBe(1);
  expect(byName["default chain"]?.level).toBe("fail");
  for (const name of [
    "profile",
    "explicit keys",
    "assume role",
    "web identity",
    "SSO",
    "process",
    "container (ECS)",
    "instance (EC2)",
    "Roles Anywhere",
  ]) {
    expect(byName[name]).toMatchObject({ level: "skip" });
    expect(byName[name]?.message).not.toBe("");
  }
});

test("explicit keys and the role assumed with them", async () => {
  const { stdout } = await runCli(["credential-process", ...emulatorFlags(emulator)]);
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = JSON.parse(stdout) as Record<string, string>;
  const keys = {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
  };
  const { byName, status } = await methods({ ...keys, AWS_ASSUME_ROLE_ARN: roleArn(emulator, "Target") });
  expect(status).toBe(0);
  expect(byName["explicit keys"]).toMatchObject({ level: "pass" });
  expect(byName["explicit keys"]?.message).toContain(`account ${account}, arn:aws:sts::${account}:assumed-role/Demo/`);
  expect(byName["assume role"]?.message).toContain("assumed-role/Target/rolesanywhere-ts-check");
});

test("a profile with a credential_process, by itself and as the certificate path", async () => {
  const { AWS_CONFIG_FILE = "" } = emulator.variables;
  const { byName, status } = await methods({ AWS_CONFIG_FILE }, ["--profile", "single"]);
  expect(status).toBe(0);
  for (const name of ["default chain", "profile", "process", "Roles Anywhere"])
    expect(byName[name]).toMatchObject({ level: "pass" });
});

test("container and instance endpoints, both from serve", async () => {
  const { byName, status } = await methods({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${container.url}/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: container.tokenFile,
    AWS_EC2_METADATA_DISABLED: "false",
    AWS_EC2_METADATA_SERVICE_ENDPOINT: instanceUrl,
  });
  expect(status).toBe(0);
  for (const name of ["container (ECS)", "instance (EC2)"]) expect(byName[name]).toMatchObject({ level: "pass" });
});

test("an expired SSO login is named, with the command to run", async () => {
  const startUrl = "https://example.awsapps.com/start";
  const config = join(home, "sso-config");
  writeFileSync(
    config,
    `[profile sso]\nsso_start_url = ${startUrl}\nsso_region = us-east-1\nsso_account_id = ${account}\nsso_role_name = Reader\n`,
  );
  const cache = join(home, ".aws", "sso", "cache");
  mkdirSync(cache, { recursive: true });
  const name = createHash("sha1").update(startUrl).digest("hex");
  writeFileSync(
    join(cache, `${name}.json`),
    JSON.stringify({ startUrl, region: "us-east-1", accessToken: "expired", expiresAt: "2020-01-01T00:00:00Z" }),
  );
  const { byName, status } = await methods({ AWS_CONFIG_FILE: config }, ["--profile", "sso"]);
  expect(status).toBe(1);
  expect(byName["SSO"]).toMatchObject({ level: "fail", hint: "aws sso login --profile sso" });
  expect(byName["SSO"]?.message).toMatch(/expired/i);
});

test("--environment-file is read like a shell would", async () => {
  const { stdout } = await runCli(["credential-process", ...emulatorFlags(emulator)]);
  const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(stdout) as Record<string, string>;
  const file = join(home, ".env");
  writeFileSync(
    file,
    `# comment\nexport AWS_ACCESS_KEY_ID="${AccessKeyId}"\nAWS_SECRET_ACCESS_KEY='${SecretAccessKey}'\nAWS_SESSION_TOKEN=${SessionToken}\n`,
  );
  const { byName, status } = await methods({}, ["--environment-file", file]);
  expect({ status, level: byName["explicit keys"]?.level }).toEqual({ status: 0, level: "pass" });
});

describe.skipIf(!requireTools("web identity against moto", "moto"))("with moto as STS", () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let url: string;
  beforeAll(async () => {
    moto = await startMoto();
    url = `http://127.0.0.1:${moto.port}`;
  });
  afterAll(() => moto.close());

  test("web identity and explicit keys", async () => {
    const token = join(home, "token");
    writeFileSync(token, "a.b.c");
    const { byName, status } = await methods({
      AWS_ENDPOINT_URL_STS: url,
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ROLE_ARN: `arn:aws:iam::123456789012:role/Web`,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
    });
    expect(byName["web identity"]).toMatchObject({ level: "pass" });
    expect(byName["web identity"]?.message).toContain("assumed-role/Web/");
    expect(byName["explicit keys"]).toMatchObject({ level: "pass" });
    expect(status).toBe(0);
  });
});
