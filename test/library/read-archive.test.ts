import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { readArchive } from "../../src/index.js";
import type { ReadArchiveOptions, Row } from "../../src/index.js";
import { startS3Server, staticKey } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeTar } from "../support/tar-writer.js";
import { writeZip } from "../support/zip-writer.js";

async function gather<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

function at(server: S3Server, options: Partial<ReadArchiveOptions>): ReadArchiveOptions {
  return { credentials: staticKey, endpoint: server.url, environment: {}, ...options };
}

const sales = "id,name,amount,at\n1,Ada,10.5,2024-01-15\n2,Bob,99,2024-01-16\n3,,7,\n";

describe("readArchive", () => {
  it("gives rows of text by the names of their columns", async () => {
    await using server = await startS3Server();
    server.put("acme", "a.zip", writeZip([{ name: "a.csv", data: sales }]));
    const rows = await gather(readArchive(at(server, { urls: "s3://acme/a.zip" })));
    expect(rows).toEqual([
      { id: "1", name: "Ada", amount: "10.5", at: "2024-01-15" },
      { id: "2", name: "Bob", amount: "99", at: "2024-01-16" },
      { id: "3", name: "", amount: "7", at: "" },
    ] satisfies Row[]);
    expect(Object.keys(rows[0] ?? {})).toEqual(["id", "name", "amount", "at"]);
  });

  it("chooses columns and rows, infers types and says what it inferred", async () => {
    await using server = await startS3Server();
    server.put("acme", "a.csv", "id,big,paid,amount\n1,123456789012345678,true,10.5\n2,5,false,99\n3,6,true,100\n");
    const notes: string[] = [];
    const options = at(server, {
      bucket: "acme",
      key: "a.csv",
      columns: ["amount", "big", "paid"],
      where: ["amount >= 50", "id != 3"],
      infer: true,
      onNote: (note) => notes.push(note),
    });
    expect(await gather(readArchive(options))).toEqual([{ amount: 99, big: 5, paid: false }]);
    expect(notes).toEqual(["inferred from the first 3 rows: amount number, big integer, paid boolean"]);
    const first = await readArchive({ ...options, where: "id = 1" }).next();
    expect(first.value).toEqual({ amount: 10.5, big: 123456789012345678n, paid: true });
  });

  it("reads tar archives, encrypted members and partitions", async () => {
    await using server = await startS3Server();
    const tar = writeTar([
      { name: "a.csv", data: "x\n1\n" },
      { name: "link.csv", type: "2", linkName: "a.csv" },
    ]);
    const password = "correct horse";
    const passwordFile = join(createScratch("password"), "password.txt");
    writeFileSync(passwordFile, `${password}\n`);
    server.put("acme", "day=1/a.tar.gz", gzipSync(tar));
    server.put("acme", "day=2/b.zip", writeZip([{ name: "b.csv", data: "x\n2\n", aes: { password } }]));
    const notes: string[] = [];
    const options = at(server, { urls: "s3://acme/**", hivePartitioning: true, onNote: (note) => notes.push(note) });
    expect(await gather(readArchive({ ...options, archivePasswordFile: passwordFile }))).toEqual([
      { x: "1", day: "1" },
      { x: "2", day: "2" },
    ]);
    expect(notes).toEqual(['left out of s3://acme/day=1/a.tar.gz: "link.csv", a symbolic link to "a.csv"']);
    await expect(gather(readArchive({ ...options, where: "day = 2" }))).rejects.toMatchObject({
      code: "ERR_INPUT",
      hints: [expect.stringContaining("name a file that holds it with archivePasswordFile, or")],
    });
  });

  it("reads members and days", async () => {
    await using server = await startS3Server();
    const archive = writeZip([
      { name: "a.csv", data: "x\n1\n" },
      { name: "b.txt", data: "x,y\n2,3\n" },
    ]);
    server.put("acme", "r/2024-01-15/d.zip", archive);
    server.put("acme", "r/2024-01-17/d.zip", archive);
    const notes: string[] = [];
    const days = { bucket: "acme", folder: "r", from: "2024-01-15", to: "2024-01-17", skipMissing: true };
    const options = at(server, { ...days, member: "*", sourceColumn: true, onNote: (note) => notes.push(note) });
    expect(await gather(readArchive(options))).toEqual(
      ["s3://acme/r/2024-01-15/d.zip", "s3://acme/r/2024-01-17/d.zip"].flatMap((key) => [
        { x: "1", source_key: key, source_member: "a.csv" },
        { x: "2", y: "3", source_key: key, source_member: "b.txt" },
      ]),
    );
    expect(notes).toEqual(["no data for 2024-01-16"]);
    expect(await gather(readArchive(at(server, { ...days, limit: 1 })))).toEqual([{ x: "1" }]);
  });

  it("keeps a column of any name", async () => {
    await using server = await startS3Server();
    server.put("acme", "a.csv", "__proto__,constructor\nx,y\n");
    const [row] = await gather(readArchive(at(server, { urls: ["s3://acme/a.csv"] })));
    expect(Object.entries(row ?? {})).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  it("fetches only as far ahead of a slow reader as it says", async () => {
    await using server = await startS3Server();
    const line = `${"x".repeat(1023)}\n`;
    server.put("acme", "a.csv", `v\n${line.repeat(40 * 1024)}`);
    const rows = readArchive(at(server, { urls: "s3://acme/a.csv" }));
    const maxAhead = (consumed: number) => 1 + Math.ceil((consumed * 1024) / (2 * 1024 * 1024)) + 6 + 1;
    await rows.next();
    // Long enough for many more requests, were they made: a whole run takes a fraction of it.
    await sleep(300);
    expect(server.requests.length).toBeLessThanOrEqual(maxAhead(1));
    let count = 1;
    let furthestAhead = 0;
    for await (const row of rows) {
      count += row["v"]?.toString().length === 1023 ? 1 : 0;
      furthestAhead = Math.max(furthestAhead, server.requests.length - maxAhead(count));
    }
    expect(furthestAhead).toBe(0);
    expect(count).toBe(40 * 1024);
    expect(server.requests.length).toBeLessThanOrEqual(24);
  });

  it("leaves nothing behind when the loop is left", async () => {
    await using server = await startS3Server({
      fault: ({ number }) => (number > 2 ? { kind: "stall", afterBytes: 1000 } : undefined),
    });
    server.put("acme", "a.csv", `v\n${`${"x".repeat(1023)}\n`.repeat(20 * 1024)}`);
    let rows = 0;
    for await (const row of readArchive(at(server, { urls: "s3://acme/a.csv" }))) {
      expect(row["v"]).toBeDefined();
      if (++rows === 10) break;
    }
    const requests = server.requests.length;
    await vi.waitFor(async () => expect(await server.connections()).toBe(0));
    expect(server.requests.length).toBe(requests);
  });

  it("ends with the signal's reason, also while nothing arrives", async () => {
    await using server = await startS3Server({
      fault: ({ number }) => (number > 1 ? { kind: "stall", afterBytes: 1000 } : undefined),
    });
    server.put("acme", "a.csv", `v\n${`${"x".repeat(1023)}\n`.repeat(4 * 1024)}`);
    const controller = new AbortController();
    const reason = new Error("enough");
    const reading = gather(readArchive(at(server, { urls: "s3://acme/a.csv", signal: controller.signal })));
    const refusal = reading.catch((error: unknown) => error);
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(1));
    controller.abort(reason);
    expect(await refusal).toBe(reason);
    await vi.waitFor(async () => expect(await server.connections()).toBe(0));
    const late = readArchive(at(server, { urls: "s3://acme/a.csv", signal: controller.signal })).next();
    await expect(late).rejects.toBe(reason);
  });

  it("rejects as the command does, with codes", async () => {
    await using server = await startS3Server();
    server.put("acme", "a.csv", "a,b\n1\n");
    const failure = (options: Partial<ReadArchiveOptions>) => gather(readArchive(at(server, options)));
    await expect(failure({})).rejects.toMatchObject({ name: "UsageError", code: "ERR_ARGUMENT" });
    await expect(failure({ urls: "s3://acme/a.csv", bucket: "b" })).rejects.toMatchObject({ code: "ERR_CONFLICT" });
    await expect(failure({ bucket: "b", folder: "f", date: "2024-01-15", from: "2024-01-15" })).rejects.toMatchObject({
      code: "ERR_CONFLICT",
      message: "date and from cannot be given together",
    });
    await expect(failure({ urls: "s3://acme/a.csv", credentials: undefined as never })).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: "credentials is not given",
    });
    await expect(failure({ urls: "s3://acme/a.csv", caBundle: "/none.pem" })).rejects.toMatchObject({
      code: "ERR_SETTING",
      message: expect.stringContaining("caBundle names /none.pem"),
    });
    await expect(failure({ urls: "s3://acme/a.csv", where: "?" })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(failure({ urls: "s3://acme/a.csv", maxExpansion: 0 })).rejects.toMatchObject({
      code: "ERR_ARGUMENT",
      message: "maxExpansion is 0, expected at least 1",
      hints: ["write maxExpansion: 30, for example"],
    });
    await expect(failure({ urls: "s3://acme/a.csv", limit: -1 })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
    await expect(failure({ urls: "s3://acme/a.csv", endpoint: "x" })).rejects.toMatchObject({ code: "ERR_SETTING" });
    expect(server.requests).toEqual([]);
    await expect(failure({ urls: "s3://acme/none.csv" })).rejects.toMatchObject({
      code: "ERR_SERVICE",
      statusCode: 404,
      serviceCode: "NoSuchKey",
    });
    await expect(failure({ urls: "s3://acme/a.csv" })).rejects.toMatchObject({ code: "ERR_INPUT" });
    await expect(failure({ urls: "s3://acme/a.csv", columns: ["z"] })).rejects.toMatchObject({ code: "ERR_ARGUMENT" });
  });

  it("asks a provider once, and passes on why it failed", async () => {
    await using server = await startS3Server();
    server.put("acme", "a.csv", "a\n1\n");
    const provider = vi.fn(async () => staticKey);
    await gather(readArchive(at(server, { urls: "s3://acme/a.csv", credentials: provider })));
    expect(provider).toHaveBeenCalledTimes(1);
    const cause = new Error("no luck");
    const credentials = vi.fn(() => Promise.reject(cause));
    const reading = gather(readArchive(at(server, { urls: "s3://acme/a.csv", credentials })));
    await expect(reading).rejects.toMatchObject({
      code: "ERR_CREDENTIALS",
      message: "the credential provider failed: no luck",
      cause,
    });
    expect(credentials).toHaveBeenCalledTimes(1);
  });
});
