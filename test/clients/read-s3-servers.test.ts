import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulatorAccount } from "../support/emulator-account.js";
import type { EmulatorAccount } from "../support/emulator-account.js";
import { issuedSecrets } from "../support/issued-secrets.js";
import { startMoto } from "../support/other-dynamodb.js";
import { runCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { requireTools } from "../support/tools.js";
import { writeZip } from "../support/zip-writer.js";

const report = writeZip([
  { name: "a.csv", data: `id,name\n${"1,x\n".repeat(50_000)}` },
  { name: "b.csv", data: "id,name\n2,ü\n", method: "stored" },
]);
const lastLines = (text: string) => text.split("\n").slice(-3);

describe("read-s3 with a certificate", () => {
  let account: EmulatorAccount;
  let s3: S3Server;

  beforeAll(async () => {
    account = await startEmulatorAccount();
    s3 = await startS3Server({ secretOf: issuedSecrets(account.folder) });
    s3.put("acme", "reports/2024-01-15/report.zip", report);
  });
  afterAll(async () => {
    await s3[Symbol.asyncDispose]();
    await account.stop();
  });
  const read = (...flags: string[]) =>
    runCli(
      ["read-s3", "--bucket", "acme", "--folder", "reports", "--date", "2024-01-15", "--progress", "none", ...flags],
      {
        env: { ...account.variables, AWS_ENDPOINT_URL_S3: s3.url },
      },
    );

  it("signs with the session that the certificate gives, as the role and as one hop further", async () => {
    for (const hop of [[], ["--assume-role-arn", account.roleArn("Target")]]) {
      const { stdout, stderr, status } = await read(...account.flags, ...hop);
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      expect(lastLines(stdout)).toEqual(["1,x", "2,ü", ""]);
    }
  });

  it("takes a profile whose credential_process is this program", async () => {
    const profile = /^\[profile (\S+)\]/m.exec(readFileSync(account.configFile, "utf8"))?.[1] ?? "";
    const { stdout, status } = await read("--profile", profile);
    expect(status).toBe(0);
    expect(lastLines(stdout)).toEqual(["1,x", "2,ü", ""]);
  });
});

describe.skipIf(!requireTools("the emulator beside moto", "moto", "aws"))("the emulator beside moto", () => {
  it("gives the session that the AWS CLI and read-s3 take to moto, as docs/emulator.md shows", async () => {
    const account = await startEmulatorAccount();
    const moto = await startMoto();
    const env = { ...account.variables, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${moto.port}` };
    const file = join(createScratch("moto"), "report.zip");
    writeFileSync(file, report);
    try {
      for (const words of [
        ["s3", "mb", "s3://reports"],
        ["s3", "cp", file, "s3://reports/report.zip"],
      ]) {
        const { stderr, status } = await runProgram("aws", ["--profile", "chained", ...words], { env });
        expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      }
      const { stdout, status } = await runCli(["read-s3", "--settings-profile", "chained", "s3://reports/report.zip"], {
        env,
      });
      expect(status).toBe(0);
      expect(lastLines(stdout)).toEqual(["1,x", "2,ü", ""]);
    } finally {
      await moto.close();
      await account.stop();
    }
  });
});

describe.skipIf(!requireTools("read-s3 of moto's S3", "moto"))("read-s3 of moto", () => {
  it("lists, reads ranges and resolves days", async () => {
    const server = await startMoto();
    const url = `http://127.0.0.1:${server.port}`;
    // It checks no signature, but takes the service from it.
    const authorization =
      "AWS4-HMAC-SHA256 Credential=a/20240115/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    const put = async (path: string, body?: Uint8Array<ArrayBuffer>) => {
      const answer = await fetch(`${url}/${path}`, { method: "PUT", headers: { authorization }, body: body ?? null });
      expect(answer.status).toBe(200);
    };
    try {
      await put("acme");
      await put("acme/reports/2024-01-15/report.zip", Uint8Array.from(report));
      await put("acme/reports/2024-01-16/report.zip", Uint8Array.from(report));
      const range = ["--bucket", "acme", "--folder", "reports", "--from", "2024-01-15", "--to", "2024-01-16"];
      const { stdout, status } = await runCli(["read-s3", ...range], {
        env: {
          AWS_ENDPOINT_URL_S3: url,
          AWS_ACCESS_KEY_ID: "a",
          AWS_SECRET_ACCESS_KEY: "s",
          AWS_REGION: "us-east-1",
        },
      });
      expect(status).toBe(0);
      expect(stdout.split("\n").length).toBe(2 * 50_001 + 2);
    } finally {
      await server.close();
    }
  });
});
