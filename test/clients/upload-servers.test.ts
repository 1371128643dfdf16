// What other programs read after --output s3://, from moto's S3.
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { findDynamoDbLocal, startDynamoDbLocal, startMoto } from "../support/other-dynamodb.js";
import { pythonEnvironment, runCli, startCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireCondition, requireTools } from "../support/tools.js";
import { writeZip } from "../support/zip-writer.js";

const what = "uploads to moto's S3";
const localFolder = findDynamoDbLocal();
const isLocal =
  requireCondition(`${what} from DynamoDB Local`, localFolder !== undefined, "DynamoDB Local") &&
  requireTools(`${what} from DynamoDB Local`, "java");

/** Reads rows with pyarrow from bytes that boto3 got, and checks S3's checksum. */
const readParquet = `
import base64, boto3, io, json, os, pyarrow.parquet, struct, sys, zlib
client = boto3.client("s3")
answer = client.get_object(Bucket="acme", Key=sys.argv[1], ChecksumMode="ENABLED")
data = answer["Body"].read()
# moto keeps no checksum of a PutObject.
assert answer.get("ChecksumCRC32", sys.argv[2]) in ("", base64.b64encode(struct.pack(">I", zlib.crc32(data))).decode())
table = pyarrow.parquet.read_table(io.BytesIO(data))
print(json.dumps({"rows": table.num_rows, "columns": table.column_names, "type": answer["ContentType"]}), flush=True)
# Threads of pyarrow may be at work when the interpreter ends, which aborts it.
os._exit(0)
`;

/** Passes requests on, but holds the one that would complete an upload. */
async function startFront(port: number) {
  let held: () => void = () => undefined;
  const completing = new Promise<void>((resolve) => (held = resolve));
  const server = createServer((message, response) => {
    const { method, url = "", headers } = message;
    if (method === "POST" && url.includes("uploadId=")) return held();
    const onward = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    message.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    completing,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.skipIf(!requireTools(what, "moto", "boto3", "aws", "pyarrow"))("an upload to moto", () => {
  let moto: DynamoDbServer;
  let table: DynamoDbServer;
  const folder = createScratch("uploads");
  const env = () => ({
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${moto.port}`,
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "s",
    AWS_REGION: "us-east-1",
  });
  const aws = async (...words: string[]) => {
    const { stdout, stderr, status } = await runProgram("aws", words, { env: env() });
    expect({ words, stderr, status }).toMatchObject({ words, status: 0 });
    return stdout;
  };
  const readBack = async (key: string, checksum: "" | "required"): Promise<unknown> => {
    const options = { env: { ...pythonEnvironment(), ...env() } };
    const { stdout, stderr, status } = await runProgram("python3", ["-c", readParquet, key, checksum], options);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    return JSON.parse(stdout);
  };

  beforeAll(async () => {
    moto = await startMoto();
    table = isLocal ? await startDynamoDbLocal(localFolder ?? "") : await startDynalite();
    await createTable(table, "orders");
    const items = Array.from({ length: 500 }, (_, index) => ({
      pk: { S: String(index) },
      total: { N: String(index) },
    }));
    await putItems(table, "orders", items);
    await aws("s3", "mb", "s3://acme");
    const rows = Array.from(
      { length: 600_000 },
      (_, index) => `${index},${(index * 7_919) % 1_000_003},${(index * 2_654_435_761) % 4_294_967_296} ${index}`,
    );
    writeFileSync(join(folder, "r.zip"), writeZip([{ name: "r.csv", data: `id,amount,name\n${rows.join("\n")}\n` }]));
    await aws("s3", "cp", join(folder, "r.zip"), "s3://acme/r.zip", "--only-show-errors");
  });
  afterAll(async () => {
    await moto?.close();
    await table?.close();
  });

  it("ZIP in, Parquet out is one line, which pyarrow reads", async () => {
    const words = ["read-s3", "s3://acme/r.zip", "--infer", "--output", "s3://acme/out/r.parquet"];
    const { status, stderr } = await runCli(words, { env: env() });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(await readBack("out/r.parquet", "required")).toEqual({
      rows: 600_000,
      columns: ["id", "amount", "name"],
      type: "application/vnd.apache.parquet",
    });
  });

  it("the AWS CLI reads the bytes of standard output", async () => {
    const written = await runCli(["read-s3", "s3://acme/r.zip", "--output", "s3://acme/out/r.csv"], { env: env() });
    expect(written.status).toBe(0);
    const { stdoutBytes } = await runCli(["read-s3", "s3://acme/r.zip"], { env: env() });
    await aws("s3", "cp", "s3://acme/out/r.csv", join(folder, "r.csv"), "--only-show-errors");
    expect(stdoutBytes.length).toBeGreaterThan(12 * 1024 ** 2);
    expect(stdoutBytes.equals(readFileSync(join(folder, "r.csv")))).toBe(true);
  });

  it("scan writes a table as Parquet", async () => {
    const words = ["scan", "orders", "--endpoint-url", `http://127.0.0.1:${table.port}`];
    const { status, stderr } = await runCli([...words, "--output", "s3://acme/out/orders.parquet"], { env: env() });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(await readBack("out/orders.parquet", "")).toMatchObject({ rows: 500 });
  });

  it("a killed run leaves parts that the commands of the page list and remove", async () => {
    const words = ["read-s3", "s3://acme/r.zip", "--output", "s3://acme/killed.csv"];
    const front = await startFront(moto.port);
    const running = startCli(words, { env: { ...env(), AWS_ENDPOINT_URL_S3: front.url } });
    await front.completing;
    await running.stop("SIGKILL");
    front.close();
    const listed = JSON.parse(await aws("s3api", "list-multipart-uploads", "--bucket", "acme")) as {
      readonly Uploads?: readonly { readonly Key: string; readonly UploadId: string }[];
    };
    expect(listed.Uploads?.map(({ Key }) => Key)).toEqual(["killed.csv"]);
    const id = listed.Uploads?.[0]?.UploadId ?? "";
    await aws("s3api", "abort-multipart-upload", "--bucket", "acme", "--key", "killed.csv", "--upload-id", id);
    const page = readFileSync(new URL("../../docs/read-s3.md", import.meta.url), "utf8");
    const [, rule = ""] = /--lifecycle-configuration '(.*)'/.exec(page) ?? [];
    const flags = ["--bucket", "acme", "--lifecycle-configuration", rule];
    await aws("s3api", "put-bucket-lifecycle-configuration", ...flags);
    expect(await aws("s3api", "get-bucket-lifecycle-configuration", "--bucket", "acme")).toContain(
      "DaysAfterInitiation",
    );
  });
});
