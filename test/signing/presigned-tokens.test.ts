import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createPresignedToken, tokenKinds } from "../../src/signing/presigned-tokens.js";
import type { PresignedTokenKind, TokenSubject } from "../../src/signing/presigned-tokens.js";
import { pythonEnvironment } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { requireTools } from "../support/tools.js";

const now = new Date("2026-01-02T03:04:05Z");
const region = "eu-central-1";
const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret/key+=", sessionToken: "tok/en+==" };
const nothing: TokenSubject = { host: "", user: "", cluster: "", admin: false, serverless: false };

const create = (
  kind: PresignedTokenKind,
  subject: Partial<TokenSubject> = {},
  seconds: number = tokenKinds[kind].seconds.default,
) =>
  createPresignedToken(
    { kind, subject: { ...nothing, ...subject }, region, seconds, userAgent: "aws-msk-iam-sasl-signer-python/1.0.2" },
    credentials,
    now,
  );

/** What AWS's own tools make of the same credentials at the same instant; without a network. */
async function ask(calls: readonly (readonly unknown[])[], newer: boolean): Promise<readonly string[]> {
  const env = {
    ...pythonEnvironment(),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    HTTPS_PROXY: "http://127.0.0.1:1",
    ...(newer ? { ROLESANYWHERE_TS_BOTOCORE: process.env["ROLESANYWHERE_TS_BOTOCORE"] } : {}),
  };
  const file = fileURLToPath(new URL("../support/token-oracle.py", import.meta.url));
  const stdin = JSON.stringify({ now: now.getTime() / 1000, region, calls });
  const { stdout, stderr, status } = await runProgram("python3", [file], { env, stdin });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

const database = "db.example.eu-central-1.rds.amazonaws.com:5432";
const cluster = "abc.dsql.eu-central-1.on.aws";

describe.skipIf(!requireTools("tokens beside those of the AWS CLI", "aws"))(
  "byte for byte as the AWS CLI and botocore",
  () => {
    test("eks, rds and dsql", { timeout: 60_000 }, async () => {
      const [eks = "", ...others] = await ask(
        [
          ["eks", "prod"],
          ["rds", ...database.split(":"), "app user+/~é"],
          ["dsql", cluster],
          ["dsql-admin", cluster],
        ],
        false,
      );
      const ours = await Promise.all([
        create("eks", { cluster: "prod" }),
        create("rds", { host: database, user: "app user+/~é" }),
        create("dsql", { host: cluster }),
        create("dsql", { host: cluster, admin: true }),
      ]);
      expect(ours.map(({ token }) => token)).toEqual([JSON.parse(eks).status.token, ...others]);
      expect(JSON.parse(eks).status.expirationTimestamp).toBe("2026-01-02T03:18:05Z");
      expect(ours[0]?.expiresAt.toISOString()).toBe("2026-01-02T03:18:05.000Z");
    });
  },
);

describe.skipIf(!requireTools("tokens beside those of AWS's signers", "botocore-1.44"))(
  "byte for byte as AWS's signers",
  () => {
    test("msk, bedrock, elasticache and memorydb", { timeout: 60_000 }, async () => {
      const [msk = "", ...others] = await ask(
        [
          ["msk"],
          ["bedrock", 43_200],
          ["bedrock", 3600],
          ["cache", "elasticache", "app", "my-cache", false],
          ["cache", "elasticache", "app", "my-cache", true],
          ["cache", "memorydb", "app", "my-cluster", false],
        ],
        true,
      );
      const ours = await Promise.all([
        create("msk"),
        create("bedrock"),
        create("bedrock", {}, 3600),
        create("elasticache", { host: "my-cache", user: "app" }),
        create("elasticache", { host: "my-cache", user: "app", serverless: true }),
        create("memorydb", { host: "my-cluster", user: "app" }),
      ]);
      const [mskToken, mskEnd] = JSON.parse(msk) as [string, number];
      expect(ours.map(({ token }) => token)).toEqual([mskToken, ...others]);
      expect(ours[0]?.expiresAt.getTime()).toBe(mskEnd);
    });
  },
);

describe("createPresignedToken", () => {
  test.each(Object.keys(tokenKinds) as PresignedTokenKind[])("ends a %s token with its session", async (kind) => {
    const expiration = new Date(now.getTime() + 30_500);
    const { expiresAt } = await createPresignedToken(
      { kind, subject: nothing, region, seconds: tokenKinds[kind].seconds.default, userAgent: "x" },
      { ...credentials, expiration },
      now,
    );
    expect(expiresAt.toISOString()).toBe("2026-01-02T03:04:35.000Z");
  });

  test("takes the partition's host for eks", async () => {
    const { token } = await createPresignedToken(
      { kind: "eks", subject: { ...nothing, cluster: "c" }, region: "cn-north-1", seconds: 60, userAgent: "x" },
      credentials,
      now,
    );
    const url = Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString("utf8");
    expect(url).toMatch(/^https:\/\/sts\.cn-north-1\.amazonaws\.com\.cn\/\?Action=GetCallerIdentity&/);
  });
});
