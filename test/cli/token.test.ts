import { spawn } from "node:child_process";
import { once } from "node:events";
import { createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { executable, runCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";

let account: EmulatorAccount;
let ecr: Server;
let registry = "";
const ecrRequests: { readonly target: string | undefined; readonly scope: string | undefined }[] = [];

beforeAll(async () => {
  account = await startEmulatorAccount();
  ecr = createServer((request, response) => {
    const { authorization, "x-amz-target": target } = request.headers;
    ecrRequests.push({
      target: String(target),
      scope: /Credential=[^/]+\/\d{8}\/(\S+?)\/aws4_request/.exec(authorization ?? "")?.[1],
    });
    const token = Buffer.from("AWS:pass:word").toString("base64");
    const expiresAt = Date.now() / 1000 + 43_200;
    response.end(
      JSON.stringify({ authorizationData: [{ authorizationToken: token, expiresAt, proxyEndpoint: "https://x" }] }),
    );
  }).listen(0, "127.0.0.1");
  await once(ecr, "listening");
  registry = `http://127.0.0.1:${(ecr.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  ecr.close();
  await account.stop();
});

const token = (...words: readonly string[]) =>
  runCli(["token", ...words, ...account.flags], {
    env: { ...account.variables, KUBERNETES_EXEC_INFO: process.env["KUBERNETES_EXEC_INFO"] },
  });

describe("token eks", () => {
  test.each([
    [undefined, "client.authentication.k8s.io/v1beta1"],
    ["client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1beta1"],
    ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1"],
    ["client.authentication.k8s.io/v9", "client.authentication.k8s.io/v1beta1"],
  ])("answers kubectl that names version %s", async (asked, version) => {
    const info =
      asked === undefined ? undefined : JSON.stringify({ kind: "ExecCredential", apiVersion: asked, spec: {} });
    const { stdout, stderr, status } = await runCli(["token", "eks", "--cluster", "prod", ...account.flags], {
      env: { ...account.variables, KUBERNETES_EXEC_INFO: info },
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const document = JSON.parse(stdout);
    expect(document).toEqual({
      kind: "ExecCredential",
      apiVersion: version,
      spec: {},
      status: {
        expirationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        token: expect.stringMatching(/^k8s-aws-v1\.[\w-]+$/),
      },
    });
    const url = new URL(Buffer.from(document.status.token.slice(11), "base64url").toString("utf8"));
    expect(url.host).toBe("sts.us-east-1.amazonaws.com");
    expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe("host;x-k8s-aws-id");
    expect(url.searchParams.get("X-Amz-Expires")).toBe("60");
  });

  test("ends with the session when that ends first", async () => {
    const before = account.state();
    account.updateState((state) => ({
      ...state,
      profiles: state.profiles.map((profile) => ({ ...profile, durationSeconds: 120 })),
    }));
    const { stdout } = await token("eks", "--cluster", "prod");
    account.updateState(() => before);
    const { expirationTimestamp } = JSON.parse(stdout).status;
    expect(Date.parse(expirationTimestamp)).toBeLessThanOrEqual(Date.now() + 120_000);
  });
});

describe("token", () => {
  test("prints a password for a database, plain or as JSON", async () => {
    const words = ["rds", "--host", "db.example.com:5432", "--user", "app", "--region", "eu-west-1"];
    expect((await token(...words)).stdout).toMatch(
      /^db\.example\.com:5432\/\?Action=connect&DBUser=app&X-Amz-Algorithm=.*eu-west-1%2Frds-db%2F.*\n$/,
    );
    const { token: password, expiration } = JSON.parse((await token(...words, "--format", "json")).stdout);
    expect(password).toMatch(/^db\.example\.com:5432/);
    expect(Date.parse(expiration)).toBeGreaterThan(Date.now() + 800_000);
  });

  test("gets a JWT that anyone can check", async () => {
    const { stdout, stderr, status } = await token(
      "web-identity",
      "--audience",
      "https://api.example.com",
      "--expires",
      "600",
    );
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const [header = "", claims = "", signature = ""] = stdout.trim().split(".");
    const { kid } = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    const payload = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
    expect(payload).toMatchObject({ aud: "https://api.example.com", sub: account.roleArn("Demo") });
    expect(payload.exp - payload.iat).toBe(600);
    const { keys } = (await (await fetch(`${account.url}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string; [member: string]: unknown }[];
    };
    const key = createPublicKey({ key: keys.find((entry) => entry.kid === kid)!, format: "jwk" });
    const signed = Buffer.from(`${header}.${claims}`);
    expect(verify("sha384", signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))).toBe(
      true,
    );
  });

  test("asks for claims, scopes and the identity that no caller can set", async () => {
    const before = account.state();
    account.updateState((state) => ({
      ...state,
      profiles: state.profiles.map((profile) => ({ ...profile, tipConfiguration: { status: "ENABLED" as const } })),
    }));
    const claims = [
      "--token-tag",
      "team=a=b",
      "--token-tag",
      "empty=",
      "--subject-mode",
      "OriginIdentity",
      "--token-scope",
      "r w",
    ];
    const { stdout, stderr, status } = await token("web-identity", "--audience", "a", ...claims);
    account.updateState(() => before);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const payload = JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString("utf8"));
    expect(payload).toMatchObject({ sub: "ec-client", subject_mode: "OriginIdentity", scope: "r w" });
    expect(payload["https://sts.amazonaws.com/"].request_tags).toEqual({ team: "a=b", empty: "" });
  });

  test("says what AWS refuses, with its code", async () => {
    account.updateState((state) => ({ ...state, outboundWebIdentityFederation: false }));
    const { stdout, stderr, status } = await token("web-identity", "--audience", "a");
    account.updateState((state) => ({ ...state, outboundWebIdentityFederation: true }));
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toContain(
      "OutboundWebIdentityFederationDisabledException: Outbound web identity federation is not enabled",
    );
  });

  test("gets a password of ECR", async () => {
    expect((await token("ecr", "--region", "eu-west-1", "--endpoint-url", registry)).stdout).toBe("pass:word\n");
    expect(ecrRequests.at(-1)).toEqual({
      target: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
      scope: "eu-west-1/ecr",
    });
  });

  test.each<[string, readonly string[], string]>([
    ["an unknown kind", ["eks2"], '"eks2" is not a kind of token'],
    ["a missing flag", ["eks"], "token eks needs --cluster"],
    ["a flag of another kind", ["msk", "--user", "x"], "token msk does not take --user"],
    ["a host without a port", ["rds", "--host", "db", "--user", "x"], "expected HOST:PORT"],
    ["a URL for a host", ["dsql", "--host", "https://x/"], "expected a host name"],
    ["a life that is too long", ["bedrock", "--expires", "43201"], "--expires is 43201, expected 1-43200 seconds"],
    [
      "a tag without a value",
      ["web-identity", "--audience", "a", "--token-tag", "x"],
      '--token-tag is "x", expected KEY=VALUE',
    ],
    ["a claim for another kind", ["dsql", "--host", "x", "--token-tag", "a=b"], "token dsql does not take --token-tag"],
    ["a life for ecr", ["ecr", "--expires", "60"], "token ecr does not take --expires"],
  ])("refuses %s", async (_, words, message) => {
    const { stdout, stderr, status } = await token(...words);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(message);
  });
});

describe.skipIf(process.platform === "win32")("docker-credential-rolesanywhere-ts", () => {
  async function docker(verb: string, stdin: string) {
    const folder = createScratch("docker");
    const program = join(folder, "docker-credential-rolesanywhere-ts");
    symlinkSync(executable, program);
    const child = spawn(process.execPath, [program, verb], {
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        ...account.variables,
        AWS_ENDPOINT_URL_ECR: registry,
        ROLESANYWHERE_TS_SETTINGS_PROFILE: "chained",
      },
    });
    child.stdin.end(stdin);
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    const [status] = (await once(child, "close")) as [number];
    return { ...output, status };
  }
  const server = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

  test("get gives Docker a password for a registry of ECR, in its region", async () => {
    const { stdout, stderr, status } = await docker("get", `${server}\n`);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(JSON.parse(stdout)).toEqual({ ServerURL: server, Username: "AWS", Secret: "pass:word" });
    expect(ecrRequests.at(-1)?.scope).toBe("eu-west-1/ecr");
  });

  test("get knows no other registry, in the words that Docker looks for", async () => {
    expect(await docker("get", "index.docker.io")).toEqual({
      stdout: "credentials not found in native keychain\n",
      stderr: "",
      status: 1,
    });
  });

  test("store, erase and list do nothing, so that docker login and logout work", async () => {
    const stored = JSON.stringify({ ServerURL: server, Username: "AWS", Secret: "x" });
    expect(await docker("store", stored)).toEqual({ stdout: "", stderr: "", status: 0 });
    expect(await docker("erase", server)).toEqual({ stdout: "", stderr: "", status: 0 });
    expect(await docker("list", "")).toEqual({ stdout: "{}\n", stderr: "", status: 0 });
    expect((await docker("version", "")).status).toBe(2);
  });
});
