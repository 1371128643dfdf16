import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, crc32, deflateRawSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanEnvironment, runCli, programWords } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

let s3: S3Server;
const run = (...argv: string[]) => runCli(["read-s3", "--progress", "none", ...argv], { env: s3.env });

beforeAll(async () => {
  s3 = await startS3Server({ pageSize: 2 });
  const report = writeZip([
    { name: "a.csv", data: 'id,name\n1,"x ""y"" z"\n2,\n' },
    { name: "sub/B.CSV", data: 'id,extra\r\n3,"new\nline"\r\n' },
    { name: "__MACOSX/._a.csv", data: "junk" },
    { name: ".hidden.csv", data: "junk" },
    { name: "readme.txt", data: "hello\n" },
  ]);
  s3.put("acme", "reports/2024-01-15/", "");
  s3.put("acme", "reports/2024-01-15/_SUCCESS", "");
  s3.put("acme", "reports/2024-01-15/report.zip", report);
  s3.put("acme", "reports/2024-01-17/report.csv.gz", gzipSync("id,name\n9,nine\n"));
  s3.put("acme", "several/old.csv", "a\nold\n", new Date("2024-01-01"));
  s3.put("acme", "several/new.csv", "a\nnew\n", new Date("2024-01-02"));
  s3.put("acme", "several/other.txt", "a\nother\n", new Date("2024-01-03"));
  s3.put("acme", "by=day/y=2024/d=015/x.csv", "a\nfifteen\n");
});
afterAll(() => s3[Symbol.asyncDispose]());

describe("read-s3 finds objects", () => {
  it("by folder and day, and reads all members of the one archive there", async () => {
    const result = await run("--bucket", "acme", "--folder", "reports", "--date", "2024-01-15");
    expect(result).toMatchObject({
      stdout: 'id,name,extra\n1,"x ""y"" z",\n2,,\n3,,"new\nline"\n',
      stderr: "",
      status: 0,
    });
  });

  it("by a template with the day in other forms", async () => {
    const template = ["--key-template", "{folder}/y={yyyy}/d={date:%j}/", "--date", "2024-01-15"];
    expect(await run("--bucket", "acme", "--folder", "by=day", ...template)).toMatchObject({ stdout: "a\nfifteen\n" });
  });

  it("in a range of days, in order, where a missing day is an error unless told otherwise", async () => {
    const range = ["--bucket", "acme", "--folder", "reports", "--from", "2024-01-15", "--to", "2024-01-17"];
    const refused = await run(...range);
    expect(refused).toMatchObject({ stdout: "", status: 2 });
    expect(refused.stderr).toContain("nothing to read for 2024-01-16");
    const { stdout, status } = await run(...range, "--skip-missing", "--columns", "id,name");
    expect({ stdout, status }).toEqual({ stdout: 'id,name\n1,"x ""y"" z"\n2,\n3,\n9,nine\n', status: 0 });
  });

  it("in a month, day beside day, without a word on stderr", async () => {
    const month = ["--bucket", "acme", "--folder", "reports", "--from", "2024-01-01", "--to", "2024-01-31"];
    const { stderr, status } = await run(...month, "--skip-missing");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  });

  it("refuses several objects unless one is picked, and shows them", async () => {
    const refused = await run("s3://acme/several/");
    expect(refused).toMatchObject({ stdout: "", status: 2 });
    expect(refused.stderr).toContain("--pick newest");
    expect(refused.stderr).toContain("several/old.csv (6 B, 2024-01-01T00:00:00Z)");
    for (const [pick, expected] of [
      ["newest", "a\nnew\n"],
      ["first", "a\nnew\n"],
      ["all", "a\nnew\nold\n"],
      ["o*.csv", "a\nold\n"],
      ["*.txt", "a\nother\n"],
    ] as const) {
      expect(await run("s3://acme/several/", "--pick", pick)).toMatchObject({ stdout: expected, status: 0 });
    }
  });

  it("says what is missing", async () => {
    const missing = await run("s3://acme/none.zip");
    expect(missing).toMatchObject({ stdout: "", status: 1 });
    expect(missing.stderr).toContain("cannot read s3://acme/none.zip: the object does not exist");
    expect(await run("--bucket", "acme", "--folder", "nowhere", "--date", "2024-02-30")).toMatchObject({ status: 2 });
  });

  it("shows what it would read on a dry run", async () => {
    const { stdout } = await run("s3://acme/reports/2024-01-15/report.zip", "--dry-run", "--format", "csv");
    expect(stdout.split("\n").slice(0, 2)).toEqual([
      "object,kind,member,compressed_bytes,bytes",
      "s3://acme/reports/2024-01-15/report.zip,zip,a.csv,27,25",
    ]);
  });
});

describe("read-s3 chooses members, columns and rows", () => {
  const zip = "s3://acme/reports/2024-01-15/report.zip";

  it("gives each member's own columns in NDJSON, and where rows came from", async () => {
    const { stdout } = await run(zip, "--format", "ndjson", "--source-column", "--exclude", "B.*");
    expect(stdout.split("\n")[0]).toBe(
      '{"id":"1","name":"x \\"y\\" z","source_key":"s3://acme/reports/2024-01-15/report.zip","source_member":"a.csv"}',
    );
  });

  it("takes members by glob, raw too", async () => {
    expect(await run(zip, "--member", "*.txt", "--raw")).toMatchObject({ stdout: "hello\n", status: 0 });
    const none = await run(zip, "--member", "*.xml");
    expect(none).toMatchObject({ stdout: "", status: 2 });
    expect(none.stderr).toContain('found "readme.txt"');
  });

  it("filters, limits and infers", async () => {
    expect(await run(zip, "--where", "id >= 2", "--where", "id != 3")).toMatchObject({
      stdout: "id,name,extra\n2,,\n",
    });
    expect(await run(zip, "--limit", "1", "--columns", "name")).toMatchObject({ stdout: 'name\n"x ""y"" z"\n' });
    expect(await run(zip, "--infer", "--format", "ndjson", "--columns", "extra,id", "--limit", "1")).toMatchObject({
      stdout: '{"extra":null,"id":1}\n',
    });
    expect(await run(zip, "--where", "id = 1 or name is null and not extra = 4", "--columns", "id")).toMatchObject({
      stdout: "id\n1\n3\n",
    });
    const refused = await run(zip, "--where", "id => 2");
    expect(refused).toMatchObject({ stdout: "", status: 2 });
    expect(refused.stderr).toContain('--where "id => 2", character 4: expected an operator, found "=>"');
    expect(await run(zip, "--source-column", "--where", "source_member ~ B.", "--columns", "id")).toMatchObject({
      stdout: "id\n3\n",
    });
    const unknown = await run(zip, "--columns", "nmae");
    expect(unknown.stderr).toContain('there is no column "nmae"');
  });

  it("reports what it inferred, and the line of a value that is something else", async () => {
    const rows = Array.from({ length: 60_000 }, (_, index) => `${index},v\n`).join("");
    s3.put("acme", "late.csv", `n,t\n${rows}x,y\n`);
    const late = await runCli(["read-s3", "s3://acme/late.csv", "--infer", "--format", "ndjson"], { env: s3.env });
    expect(late.status).toBe(2);
    expect(late.stderr).toContain('s3://acme/late.csv, line 60002: column "n" was inferred as integer');
    const text = await runCli(["read-s3", "s3://acme/late.csv", "--infer", "--text", "n"], { env: s3.env });
    expect(text.status).toBe(0);
    expect(text.stderr).toMatch(
      /^read-s3: 60,001 rows, .*inferred from the first \d+ rows: no column is anything but text/m,
    );
  });

  it("extracts members below a folder, and nothing outside of it", async () => {
    const folder = createScratch("extract");
    expect(await run(zip, "--extract", folder)).toMatchObject({ stdout: "", status: 0 });
    expect(readdirSync(folder).sort()).toEqual(["a.csv", "sub"]);
    expect(readFileSync(join(folder, "sub/B.CSV"), "utf8")).toBe('id,extra\r\n3,"new\nline"\r\n');
    for (const name of ["../evil.csv", "/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "a\\..\\evil.csv"]) {
      s3.put(
        "acme",
        "evil.zip",
        writeZip([
          { name: "good.csv", data: "a\n" },
          { name, data: "a\n" },
        ]),
      );
      const into = createScratch("extract");
      const refused = await run("s3://acme/evil.zip", "--extract", into);
      expect(refused).toMatchObject({ status: 2 });
      expect(refused.stderr).toContain("leads out of the folder");
      expect(readdirSync(into)).toEqual([]);
    }
  });
});

describe("read-s3 reads CSV as it is met", () => {
  const utf16 = Buffer.from("\ufeffa;b\r\nä;2\r\n", "utf16le");
  it.each([
    ["a byte order mark", Buffer.from("\ufeffa,b\nä,2\n"), []],
    ["UTF-16", utf16, ["--delimiter", "auto"]],
    ["UTF-16 big endian", Buffer.from(utf16).swap16(), ["--delimiter", ";"]],
    ["Windows-1252", Buffer.from("a\tb\nä\t2\n", "latin1"), ["--encoding", "windows-1252", "--delimiter", "tab"]],
    ["ragged rows", Buffer.from("a,b\n1\nä,2\n"), ["--ragged", "skip"]],
  ] as const)("with %s", async (_, bytes, flags) => {
    s3.put("acme", "wild.csv", bytes);
    expect(await run("s3://acme/wild.csv", ...flags)).toMatchObject({ stdout: "a,b\nä,2\n", status: 0 });
  });

  it("names member and line of what it refuses", async () => {
    s3.put("acme", "ragged.zip", writeZip([{ name: "m.csv", data: "a,b\n1,2\n3\n" }]));
    const refused = await run("s3://acme/ragged.zip");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(
      'member "m.csv" of s3://acme/ragged.zip, line 3: found 1 fields, expected 2 as in the header',
    );
  });
});

describe("read-s3 refuses archives that do not hold what they say", () => {
  const data = "a,b\n".repeat(1000);
  const good = writeZip([{ name: "m.csv", data }]);
  it.each([
    ["a wrong CRC-32", writeZip([{ name: "m.csv", data, claims: { crc32: 1 } }]), "CRC-32"],
    ["more than it says", writeZip([{ name: "m.csv", data, claims: { uncompressedSize: 10 } }]), "expected 10"],
    ["less than it says", writeZip([{ name: "m.csv", data, claims: { uncompressedSize: 5000 } }]), "expected 5000"],
    ["data beyond its end", writeZip([{ name: "m.csv", data, claims: { compressedSize: 9_000_000 } }]), "runs into"],
    ["an encrypted member", writeZip([{ name: "m.csv", data, encrypted: true }]), "encrypted"],
    ["a cut end", good.subarray(0, -30), "not a complete ZIP archive"],
    ["text under the name of a ZIP archive", Buffer.from("a,b\n"), "named like a ZIP"],
  ])("%s", async (_, bytes, message) => {
    s3.put("acme", "odd.zip", bytes);
    const output = join(createScratch("output"), "rows.csv");
    const result = await run("s3://acme/odd.zip", "--output", output);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ stdout: "", status: 2 });
    expect(readdirSync(join(output, ".."))).toEqual([]);
  });

  it("a bomb", async () => {
    s3.put("acme", "bomb.zip", writeZip([{ name: "m.csv", data: Buffer.alloc(80 << 20, "a,b\n") }]));
    const bomb = await run("s3://acme/bomb.zip", "--raw", "--output", join(createScratch("output"), "x"));
    expect(bomb.stderr).toContain("expands to more than 250 times");
    const meant = await run("s3://acme/bomb.zip", "--format", "ndjson", "--max-expansion", "2000", "--limit", "1");
    expect(meant).toMatchObject({ stdout: '{"a":"a","b":"b"}\n', status: 0 });
  });

  it.each([
    ["stored", { method: "stored" }],
    ["a data descriptor", { dataDescriptor: true }],
    ["ZIP64", { zip64: true }],
  ] as const)("but reads %s", async (_, how) => {
    s3.put("acme", "fine.zip", writeZip([{ name: "m.csv", data, ...how }], "a comment"));
    expect(await run("s3://acme/fine.zip", "--raw")).toMatchObject({ stdout: data, status: 0 });
  });

  it("but reads a member larger than 4 GiB", async () => {
    const block = Buffer.alloc(32 * 1024 * 1024, "12345678,abcdef\n");
    const times = 129;
    const piece = deflateRawSync(block, { finishFlush: constants.Z_FULL_FLUSH });
    const bytes = Buffer.concat([...Array.from({ length: times }, () => piece), deflateRawSync("")]);
    let checksum = 0;
    for (let time = 0; time < times; time++) checksum = crc32(block, checksum);
    const deflated = { bytes, length: block.length * times, crc32: checksum };
    s3.put("acme", "large.zip", writeZip([{ name: "m.csv", data: "", deflated, zip64: true }]));
    const flags = ["--raw", "--output", "/dev/null", "--max-expansion", "2000", "--progress", "log"];
    const { stderr, status } = await runCli(["read-s3", "s3://acme/large.zip", ...flags], { env: s3.env });
    expect({ stderr, status }).toEqual({ stderr: expect.stringMatching(/^read-s3: 4\.3 GB /m), status: 0 });
  });
});

describe("read-s3 reads a DynamoDB export", () => {
  const folder = "AWSDynamoDB/01700000000000-abcdef01";
  const putExport = (files: readonly (readonly string[])[], claimed = files.map((lines) => lines.length)) => {
    const keys = files.map((lines, index) => {
      const key = `${folder}/data/${index}.json.gz`;
      s3.put("exports", key, gzipSync(lines.map((line) => `${line}\n`).join("")));
      return JSON.stringify({ itemCount: claimed[index], md5Checksum: "x", etag: "x-1", dataFileS3Key: key });
    });
    s3.put("exports", `${folder}/manifest-files.json`, `${keys.join("\n")}\n`);
    s3.put(
      "exports",
      `${folder}/manifest-summary.json`,
      JSON.stringify({
        version: "2020-06-30",
        manifestFilesS3Key: `${folder}/manifest-files.json`,
        itemCount: claimed.reduce((sum, count) => sum + count, 0),
        outputFormat: "DYNAMODB_JSON",
      }),
    );
  };
  const read = (...flags: string[]) => run(`s3://exports/${folder}/`, "--dynamodb-export", ...flags);

  it("as plain JSON with exact numbers", async () => {
    putExport([
      ['{"Item":{"id":{"S":"é"},"n":{"N":"12345678901234567890123456789012345678"}}}', '{"Item":{"id":{"S":"b"}}}'],
      ['{"Item":{"id":{"S":"c"},"tags":{"SS":["x","y"]},"m":{"M":{"a":{"NULL":true}}}}}'],
    ]);
    expect(await read()).toMatchObject({
      stdout:
        '{"id":"é","n":"12345678901234567890123456789012345678"}\n{"id":"b"}\n{"id":"c","tags":["x","y"],"m":{"a":null}}\n',
      status: 0,
    });
    expect(await read("--limit", "1", "--typed")).toMatchObject({
      stdout: '{"id":{"S":"é"},"n":{"N":"12345678901234567890123456789012345678"}}\n',
    });
    expect(await read("--format", "csv", "--columns", "id,tags")).toMatchObject({
      stdout: 'id,tags\né,\nb,\nc,"[""x"",""y""]"\n',
      status: 0,
    });
    expect(
      await run(`s3://exports/${folder}/manifest-summary.json`, "--dynamodb-export", "--format", "json"),
    ).toMatchObject({ stdout: expect.stringMatching(/^\[\n\{"id":"é".*\n\]\n$/s) });
  });

  it("and refuses a list of files that is cut short", async () => {
    putExport([['{"Item":{"id":{"S":"a"}}}'], ['{"Item":{"id":{"S":"b"}}}']]);
    const files = `${folder}/manifest-files.json`;
    s3.put("exports", files, `{"itemCount":1,"dataFileS3Key":"${folder}/data/0.json.gz"}\n`);
    const short = await read();
    expect(short).toMatchObject({ stdout: "", status: 2 });
    expect(short.stderr).toContain(`${files}: its files have 1 items, expected 2 by`);
    s3.put("exports", files, '{"itemCount":2}\n');
    expect((await read()).stderr).toContain("a line names no data file with its number of items");
  });

  it("with the images of an incremental export", async () => {
    putExport([
      [
        '{"Metadata":{"WriteTimestampMicros":{"N":"1700000000000000"}},"Keys":{"id":{"S":"a"}},"NewImage":{"id":{"S":"a"},"v":{"N":"2"}}}',
      ],
    ]);
    expect(await read()).toMatchObject({
      stdout: '{"Metadata":{"WriteTimestampMicros":1700000000000000},"Keys":{"id":"a"},"NewImage":{"id":"a","v":2}}\n',
    });
  });

  it("and refuses one that lacks items or is none", async () => {
    putExport([['{"Item":{"id":{"S":"a"}}}']], [2]);
    expect((await read()).stderr).toContain("found 1 items, expected 2 by the manifest");
    putExport([['{"id":"a"}']]);
    expect((await read()).stderr).toContain("line 1: it is not a line of a DynamoDB export");
    expect((await run("s3://exports/none/", "--dynamodb-export")).stderr).toContain("manifest-summary.json");
  });
});

describe("read-s3 and its surroundings", () => {
  it("writes the output file whole, and takes the format from its name", async () => {
    const output = join(createScratch("output"), "rows.ndjson");
    writeFileSync(output, "old");
    expect(await run("s3://acme/several/old.csv", "--output", output)).toMatchObject({ stdout: "", status: 0 });
    expect(readFileSync(output, "utf8")).toBe('{"a":"old"}\n');
  });

  it("stops without a word, as by SIGPIPE, when its reader goes away", async () => {
    s3.put("acme", "long.csv", `a,b\n${"1,2\n".repeat(2_000_000)}`);
    const [program, ...words] = programWords();
    const child = spawn(program, [...words, "read-s3", "s3://acme/long.csv"], {
      env: cleanEnvironment(s3.env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [status] = (await once(child, "close")) as [number];
    expect({ status, stderr }).toEqual({ status: 141, stderr: "" });
  });

  it("stops on SIGINT with a summary and without an output file", async () => {
    const slow = await startS3Server({ fault: () => ({ kind: "stall", afterBytes: 100_000 }) });
    slow.put("acme", "long.csv", `a,b\n${"1,2\n".repeat(200_000)}`);
    const folder = createScratch("output");
    const [program, ...words] = programWords();
    const child = spawn(program, [...words, "read-s3", "s3://acme/long.csv", "--output", join(folder, "rows.csv")], {
      env: cleanEnvironment(slow.env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    while (slow.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGINT");
    const [status] = (await once(child, "close")) as [number];
    await slow[Symbol.asyncDispose]();
    expect(status).toBe(130);
    expect(stderr).toMatch(/^read-s3: .* interrupted, .*rows\.csv was not written\n$/);
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(join(folder, "rows.csv"))).toBe(false);
  });
});

describe("read-s3 reads odd but right inputs", () => {
  // Two frames of "a,b\n" and "1,2\n", as the zstd program writes them.
  const zstd = Buffer.concat([
    Buffer.from("28b52ffd0058210000612c620a", "hex"),
    Buffer.from("28b52ffd0058210000312c320a", "hex"),
  ]);
  it.each([
    ["an object without a byte", Buffer.alloc(0), [], ""],
    ["a header alone", Buffer.from("a,b"), [], "a,b\n"],
    ["a byte order mark alone", Buffer.from("\ufeff"), [], ""],
    ["several gzip members in a row", Buffer.concat([gzipSync("a,b\n1,"), gzipSync("2\n")]), [], "a,b\n1,2\n"],
    ["columns of one name", Buffer.from("a,a,\n1,2,3\n"), [], "a,a_2,column_3\n1,2,3\n"],
    ["a single column with blanks", Buffer.from('a\n""\nx\n'), [], 'a\n""\nx\n'],
    ["no rows as JSON", Buffer.from("a,b\n"), ["--format", "json"], "[]\n"],
  ] as const)("%s", async (_, bytes, flags, expected) => {
    s3.put("acme", "odd", bytes);
    expect(await run("s3://acme/odd", ...flags)).toMatchObject({ stdout: expected, status: 0 });
  });

  it("zstd, whatever Node.js can", async () => {
    s3.put("acme", "odd", zstd);
    const result = await run("s3://acme/odd", "--raw");
    expect(result).toMatchObject({ stdout: "a,b\n1,2\n", status: 0 });
  });

  it("says when gzip is cut short", async () => {
    s3.put("acme", "cut.gz", gzipSync("a,b\n".repeat(1000)).subarray(0, 40));
    const result = await run("s3://acme/cut.gz", "--raw");
    expect(result.status).toBe(2);
    expect(result.stderr).toContain("s3://acme/cut.gz: its gzip data is damaged or cut short");
  });

  it("and fetches no more than it needs for a limit", async () => {
    const before = s3.requests.length;
    s3.put("acme", "wide.csv", `a,b\n${"1,2\n".repeat(8_000_000)}`);
    expect(await run("s3://acme/wide.csv", "--limit", "2", "--format", "ndjson")).toMatchObject({
      stdout: '{"a":"1","b":"2"}\n{"a":"1","b":"2"}\n',
    });
    expect(s3.requests.length - before).toBeLessThan(10);
  });
});
