// read-s3 with a bucket in another region than the configured one.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startInternet } from "../support/internet.js";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

const rows = `id,name\n${Array.from({ length: 800_000 }, (_, index) => `${index},name ${index}`).join("\n")}\n`;
let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
  s3.put("acme", "logs/large.zip", writeZip([{ name: "large.csv", data: rows, method: "stored" }]));
});
afterAll(() => s3[Symbol.asyncDispose]());

/** Runs the program in us-east-1, where one host refuses: its bucket is in eu-central-1. */
async function runWithWrongRegion(host: string, code: number, name: string, words: readonly string[]) {
  let refused = 0;
  const wrongRegion = createServer((message, response) => {
    message.resume().on("end", () => {
      refused++;
      response.writeHead(code, { "content-type": "application/xml", "x-amz-bucket-region": "eu-central-1" });
      response.end(`<Error><Code>${name}</Code><Message>The bucket is elsewhere</Message></Error>`);
    });
  });
  wrongRegion.listen(0, "127.0.0.1");
  await once(wrongRegion, "listening");
  const { port } = wrongRegion.address() as AddressInfo;
  const internet = await startInternet((asked) => (asked === host ? port : Number(new URL(s3.url).port)));
  const bundle = join(createScratch("region"), "roots.pem");
  writeFileSync(bundle, internet.authority);
  const env = { ...s3.env, AWS_ENDPOINT_URL_S3: undefined, AWS_REGION: "us-east-1", AWS_CA_BUNDLE: bundle };
  const result = await runCli(words, { env: { ...env, HTTPS_PROXY: internet.proxyUrl } });
  await internet.close();
  wrongRegion.close();
  return { ...result, refused };
}

describe.each([
  [301, "PermanentRedirect"],
  [400, "AuthorizationHeaderMalformed"],
] as const)("a bucket in another region, after %i %s", (code, name) => {
  it("is read in its region, and the wrong one is asked once", async () => {
    const words = ["read-s3", "s3://acme/logs/*.zip", "--format", "csv", "--progress", "none"];
    const read = await runWithWrongRegion("acme.s3.us-east-1.amazonaws.com", code, name, words);
    expect(read).toMatchObject({ status: 0, stderr: "", refused: 1 });
    expect(read.stdout === rows).toBe(true);
  });

  it("is written to in its region, parts included", async () => {
    s3.objects.delete("out/large.csv");
    const words = ["read-s3", "s3://acme/logs/large.zip", "--output", "s3://out/large.csv"];
    const written = await runWithWrongRegion("out.s3.us-east-1.amazonaws.com", code, name, words);
    expect(written).toMatchObject({ status: 0, refused: 1 });
    expect(Buffer.from(s3.objects.get("out/large.csv")?.bytes ?? []).toString() === rows).toBe(true);
  });
});
