// Scoped sessions through every delivery, and in the cache.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCachedIdentity } from "../support/cached-identity.js";
import type { CachedIdentity } from "../support/cached-identity.js";
import { emulatorFlags } from "../support/emulator-flags.js";
import { runCli, startCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { credentials, readServed } from "../support/served.js";
import { send } from "../support/x509-signer.js";

let identity: CachedIdentity;
beforeAll(async () => {
  identity = await createCachedIdentity();
});
afterAll(() => identity.emulator.stop());
beforeEach(() => {
  identity.emulator.clearFaults();
  identity.emulator.clearRequests();
});

const endpoint = () => ({ AWS_ENDPOINT_URL_STS: identity.emulator.url });

async function allows(sessionToken: string, key: string): Promise<boolean> {
  const body = JSON.stringify({ sessionToken, action: "s3:GetObject", resource: `arn:aws:s3:::${key}` });
  const { json } = await send(identity.emulator.url, { method: "POST", path: "/_emulator/authorize", body });
  return json.allowed === true;
}

interface Document {
  readonly AccessKeyId: string;
  readonly SessionToken: string;
  readonly Token: string;
  readonly Expiration: string;
}

const secondsLeft = (expiration: string) => (Date.parse(expiration) - Date.now()) / 1000;
const scope = ["--scope", "s3-read=data", "--scope-duration", "300"];

describe("serve", () => {
  it("gives each binding of a file its own scope", async () => {
    const file = join(createScratch("scoped-bindings"), "bindings.json");
    const role = identity.roleArn("Demo");
    writeFileSync(
      file,
      JSON.stringify([
        { name: "reader", "role-arn": role, scope: ["s3-read=data"], "scope-duration": 300 },
        { name: "other", "role-arn": role, scope: ["s3-read=other"] },
      ]),
      { mode: 0o600 },
    );
    const words = ["serve", "--port", "0", "--bindings", file, ...identity.flags];
    const cli = startCli(words, { env: { ...endpoint(), HOME: identity.home } });
    try {
      const served = await readServed(cli);
      const { body, status } = await credentials(served);
      expect(status).toBe(200);
      const reader = JSON.parse(body) as Document;
      expect(await allows(reader.Token, "data/a")).toBe(true);
      expect(await allows(reader.Token, "other/a")).toBe(false);
      expect(secondsLeft(reader.Expiration)).toBeLessThanOrEqual(300);
      expect(identity.emulator.count("GetScopedCredentials")).toBe(2);
    } finally {
      await cli.stop();
    }
  });
});

it("update writes the scoped session", async () => {
  const file = join(createScratch("scoped-update"), "credentials");
  const words = [
    "update",
    "--profile",
    "p",
    "--once",
    ...identity.flags,
    "--role-arn",
    identity.roleArn("Demo"),
    ...scope,
  ];
  const env = { ...endpoint(), HOME: identity.home, AWS_SHARED_CREDENTIALS_FILE: file };
  expect(await runCli(words, { env })).toMatchObject({ stderr: "", status: 0 });
  const [, token = ""] = /aws_session_token = (\S+)/.exec(readFileSync(file, "utf8")) ?? [];
  expect(await allows(token, "data/a")).toBe(true);
  expect(await allows(token, "other/a")).toBe(false);
});

it("exec --server serves the scoped session to its child", async () => {
  const script =
    "fetch(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI,{headers:{authorization:process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN}}).then(r=>r.text()).then(t=>process.stdout.write(t))";
  const words = ["exec", "--server", ...identity.flags, "--role-arn", identity.roleArn("Demo"), ...scope];
  const env = { ...endpoint(), HOME: identity.home };
  const { stdout, stderr, status } = await runCli([...words, "--", process.execPath, "-e", script], { env });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  const { Token, Expiration } = JSON.parse(stdout) as Document;
  expect(await allows(Token, "data/a")).toBe(true);
  expect(await allows(Token, "other/a")).toBe(false);
  expect(secondsLeft(Expiration)).toBeLessThanOrEqual(300);
});

it.each([
  ["serve", ["--port", "0"]],
  ["update", ["--profile", "p"]],
  ["exec", ["--server"]],
])("%s refuses a scope that it would refresh all the time", async (command, more) => {
  const words = [command, ...more, ...emulatorFlags(identity.emulator), "--scope-duration", "59"];
  const tail = command === "exec" ? ["--", "true"] : [];
  const { stderr, status } = await runCli([...words, ...tail], { env: { ...endpoint(), HOME: identity.home } });
  expect(status).toBe(2);
  expect(stderr).toContain("--scope-duration is 59, and a session that is refreshed lasts 60 s at least");
  expect(identity.emulator.requests()).toEqual([]);
});

it("configure writes the scope into a profile, as a line and as keys, and both give the scoped session", async () => {
  for (const keys of [[], ["--keys"]]) {
    const file = join(createScratch("scoped-configure"), "config");
    const env = { ...endpoint(), HOME: identity.home, AWS_CONFIG_FILE: file };
    const flags = [...identity.flags, "--role-arn", identity.roleArn("Demo"), ...scope, "--scope", "sqs-send=jobs"];
    const words = ["configure", "--profile", "p", ...keys, ...flags, "--scope-description", "nightly job"];
    const configured = await runCli(words, { env });
    expect(configured.status, configured.stderr).toBe(0);
    const { stdout, status } = await runCli(["credential-process", "--settings-profile", "p"], { env });
    expect(status).toBe(0);
    const { SessionToken } = JSON.parse(stdout) as Document;
    expect(await allows(SessionToken, "data/a")).toBe(true);
    expect(await allows(SessionToken, "other/a")).toBe(false);
  }
});

describe("the cache", () => {
  const vend = async (...more: readonly string[]) => {
    const { stdout, stderr, status } = await identity.run(more, endpoint());
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    return (JSON.parse(stdout) as Document).AccessKeyId;
  };

  it("keeps sessions apart by policy, duration and description, and answers each", async () => {
    const policy = join(createScratch("scoped-cache"), "policy.json");
    const write = (action: string) =>
      writeFileSync(
        policy,
        `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"${action}","Resource":"*"}]}`,
      );
    write("s3:GetObject");
    const variants = [
      [],
      ["--scope", "s3-read=data"],
      ["--scope", "s3-read=data", "--scope", "ecr-pull"],
      ["--scope", "s3-read=data", "--scope-duration", "300"],
      ["--scope", "s3-read=data", "--scope-duration", "301"],
      ["--scope", "s3-read=data", "--scope-description", "one job"],
      ["--scope", "s3-read=data", "--scope-description", "another"],
      ["--scope-policy", `file://${policy}`],
    ];
    const first = [];
    for (const variant of variants) first.push(await vend(...variant));
    expect(new Set(first).size).toBe(variants.length);
    identity.takeCount();
    const second = [];
    for (const variant of variants) second.push(await vend(...variant));
    expect(second).toEqual(first);
    expect(identity.takeCount()).toBe(0);
    write("s3:PutObject");
    expect(await vend("--scope-policy", `file://${policy}`)).not.toBe(first.at(-1));
  });

  it("refreshes a scoped session by its own end, not by that of the role's session", async () => {
    const words = ["--scope", "s3-read=refreshed", "--scope-duration", "600"];
    const first = await vend(...words);
    identity.age(3);
    expect(await vend(...words)).toBe(first);
    identity.age(5);
    expect(await vend(...words)).not.toBe(first);
  });

  it("answers with a scoped session still in force while STS is away", async () => {
    const words = ["--scope", "s3-read=away", "--scope-duration", "600"];
    const first = await vend(...words);
    identity.age(8);
    const operation = "GetScopedCredentials";
    identity.emulator.addFaults({ operation, kind: "error", statusCode: 503, code: "ServiceUnavailable" });
    identity.takeCount();
    expect(await vend(...words)).toBe(first);
    expect(identity.emulator.count(operation)).toBeGreaterThan(1);
  });
});
