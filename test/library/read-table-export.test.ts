import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { readTableExport } from "../../src/index.js";
import type { Item, ReadTableExportOptions } from "../../src/index.js";
import { startS3Server, staticKey } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";

const folder = "export/AWSDynamoDB/01700000000000-abcdef01";

/** Puts an export of data files with so many items each. */
function putExport(server: S3Server, counts: readonly number[], claimed = counts): void {
  const lines = counts.map((count, file) => {
    const key = `${folder}/data/${file}.json.gz`;
    const items = Array.from({ length: count }, (_, index) =>
      JSON.stringify({ Item: { id: { S: `${file}-${index}` }, n: { N: "12345678901234567890" }, s: { SS: ["a"] } } }),
    );
    server.put("acme", key, gzipSync(items.map((item) => `${item}\n`).join("")));
    return JSON.stringify({ itemCount: claimed[file], dataFileS3Key: key });
  });
  server.put("acme", `${folder}/manifest-files.json`, `${lines.join("\n")}\n`);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const summary = {
    outputFormat: "DYNAMODB_JSON",
    manifestFilesS3Key: `${folder}/manifest-files.json`,
    itemCount: total,
  };
  server.put("acme", `${folder}/manifest-summary.json`, JSON.stringify(summary));
}

async function gather(server: S3Server, changes: Partial<ReadTableExportOptions> = {}): Promise<Item[]> {
  const url = `s3://acme/${folder}/`;
  const items: Item[] = [];
  const options = { credentials: staticKey, endpoint: server.url, environment: {}, url, ...changes };
  for await (const item of readTableExport(options)) items.push(item);
  return items;
}

describe("readTableExport", () => {
  it("gives the items of all files in order, in the form that was asked for", async () => {
    await using server = await startS3Server();
    putExport(server, [3, 0, 2]);
    const items = await gather(server);
    expect(items.map(({ id }) => id)).toEqual(["0-0", "0-1", "0-2", "2-0", "2-1"]);
    expect(items[0]).toEqual({ id: "0-0", n: "12345678901234567890", s: ["a"] });
    const [tagged] = await gather(server, { sets: "tagged", numbers: "number", limit: 1 });
    expect(tagged).toEqual({ id: "0-0", n: 12345678901234567000, s: { SS: ["a"] } });
    const typed = await gather(server, { typed: true, limit: 4, url: `s3://acme/${folder}/manifest-summary.json` });
    expect(typed.at(-1)).toEqual({ id: { S: "2-0" }, n: { N: "12345678901234567890" }, s: { SS: ["a"] } });
    expect(await gather(server, { limit: 0 })).toEqual([]);
  });

  it("refuses an export that does not hold what it says, or is none", async () => {
    await using server = await startS3Server();
    putExport(server, [2], [3]);
    await expect(gather(server)).rejects.toMatchObject({ code: "ERR_INPUT" });
    await expect(gather(server, { url: "acme/export" })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(gather(server, { url: "s3://acme/none/" })).rejects.toMatchObject({ code: "ERR_SERVICE" });
    await expect(gather(server, { typed: true, sets: "array" })).rejects.toMatchObject({ code: "ERR_CONFLICT" });
  });

  it("asks for no byte of a long list of files twice", async () => {
    await using server = await startS3Server();
    putExport(server, [1]);
    const key = `${folder}/manifest-files.json`;
    const line = { itemCount: 1, dataFileS3Key: `${folder}/data/0.json.gz`, more: "x".repeat(300_000) };
    const list = JSON.stringify(line);
    server.put("acme", key, list);
    expect(await gather(server)).toHaveLength(1);
    const asked = server.requests.filter((request) => request.key === key).map(({ range }) => range);
    expect(asked).toEqual(["bytes=0-262143", `bytes=262144-${list.length - 1}`]);
  });

  it("leaves nothing behind when the loop is left", async () => {
    await using server = await startS3Server({
      fault: ({ key }) => (key.includes("/data/8") ? { kind: "stall", afterBytes: 10 } : undefined),
    });
    putExport(
      server,
      Array.from({ length: 12 }, () => 5),
    );
    const url = `s3://acme/${folder}/`;
    const options = { credentials: staticKey, endpoint: server.url, environment: {}, url };
    for await (const { id } of readTableExport(options)) {
      expect(id).toBe("0-0");
      break;
    }
    await vi.waitFor(async () => expect(await server.connections()).toBe(0));
  });
});
