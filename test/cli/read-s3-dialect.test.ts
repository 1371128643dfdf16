import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parquetMetadata } from "hyparquet";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { writeZip } from "../support/zip-writer.js";

let s3: S3Server;
const read = (...argv: string[]) => runCli(["read-s3", ...argv], { env: s3.env });

beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3[Symbol.asyncDispose]());

async function readText(data: string | Uint8Array, ...argv: string[]) {
  s3.put("acme", "x.csv", data);
  return read("s3://acme/x.csv", ...argv);
}

describe("a file without a header", () => {
  it("has numbered columns, or the names that are given", async () => {
    const none = await readText("1,a\n2,b\n", "--header", "none");
    expect(none).toMatchObject({ stdout: "column_1,column_2\n1,a\n2,b\n", status: 0 });
    const named = await readText("1,a\n2,b\n", "--header", 'id,"the, name"', "--format", "ndjson");
    expect(named).toMatchObject({ stdout: '{"id":"1","the, name":"a"}\n{"id":"2","the, name":"b"}\n', status: 0 });
  });

  it("is refused when its rows have other widths than the names", async () => {
    const { stdout, stderr, status } = await readText("1,a,x\n", "--header", "id,name");
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain("line 1: found 3 fields, expected 2");
    expect((await readText("1\n", "--header", "a,a")).stderr).toContain('--header has "a" twice');
  });

  it("has the first row's width when its header is none", async () => {
    const { stderr, status } = await readText("1,a\n1\n", "--header", "none");
    expect(status).toBe(2);
    expect(stderr).toContain("line 2: found 1 fields, expected 2 as in the first row");
  });
});

describe("a dialect", () => {
  it.each<[string, string, readonly string[], string]>([
    ["lines to skip", "report\nof today\nid,v\n1,2\n", ["--skip", "2"], "id,v\n1,2\n"],
    ["comments", '#x\nid,v\n#y,"\n1,"a\n#b"\n', ["--comment", "#"], 'id,v\n1,"a\n#b"\n'],
    ["escaped quotes", 'id,v\n1,"say \\"hi\\""\n', ["--escape", "\\"], 'id,v\n1,"say ""hi"""\n'],
    ["escaped separators", "id,v\n1,a\\,b\\\\c\\d\n", ["--escape", "\\"], 'id,v\n1,"a,b\\c\\d"\n'],
    ["escaped line ends", "id,v\n1,a\\\nb\n2,c\n", ["--escape", "\\"], 'id,v\n1,"a\nb"\n2,c\n'],
    ["other quotes", "id,v\n1,'a,b'\n", ["--quote", "'"], 'id,v\n1,"a,b"\n'],
    ["no quotes", 'id,v\n1,"a\n', ["--quote", "none"], 'id,v\n1,"""a"\n'],
    ["texts that are null", "id,v\n1,NULL\n2,\\N\n3,\n", ["--null", "NULL", "--null", "\\N"], "id,v\n1,\n2,\n3,\n"],
    ["a separator in its first line", "sep=;\r\nid;v\r\n1;2,5\r\n", [], 'id,v\n1,"2,5"\n'],
  ])("with %s is read", async (_, text, flags, expected) => {
    expect(await readText(text, ...flags, "--progress", "none")).toMatchObject({
      stdout: expected,
      stderr: "",
      status: 0,
    });
  });

  it("of null texts is null in NDJSON and for conditions", async () => {
    const flags = ["--null", "NULL", "--format", "ndjson", "--progress", "none"];
    expect(await readText("id,v\n1,NULL\n2,\n", ...flags)).toMatchObject({
      stdout: '{"id":"1","v":null}\n{"id":"2","v":""}\n',
    });
    expect(await readText("id,v\n1,NULL\n2,\n", ...flags, "--where", "v is null")).toMatchObject({
      stdout: '{"id":"1","v":null}\n',
    });
  });

  it("whose separator is no comma is guessed, with a note; one that is asked for is kept, with a note", async () => {
    const guessed = await readText("id;v\n1;2,5\n2;3,5\n");
    expect(guessed.stdout).toBe('id,v\n1,"2,5"\n2,"3,5"\n');
    expect(guessed.stderr).toContain('x.csv: its fields are separated by ";"');
    const kept = await readText("id;v\n1;2\n", "--delimiter", ",");
    expect(kept.stdout).toBe("id;v\n1;2\n");
    expect(kept.stderr).toContain('x.csv: it has one column; its fields look separated by ";"');
  });

  it.each([
    ["behind it", 'id,v\n1,"a"\\\\b\n'],
    ["in the text behind it", 'id,v\n1,""a\\\nb""\n'],
  ])("with an escape behind a closing quote is refused, for readers differ in what that is: %s", async (_, text) => {
    const { stderr, status } = await readText(text, "--escape", "\\");
    expect(status).toBe(2);
    expect(stderr).toContain("line 2: an escape follows the quote that closes a field");
  });

  it("keeps a U+FEFF that is not at the beginning of the file", async () => {
    const { stdout } = await readText('\ufeffid\n"\ufeffx"\n', "--format", "table", "--progress", "none");
    expect(stdout).toContain("\\ufeffx");
  });

  it("is refused when two of its characters are one", async () => {
    const { stderr, status } = await readText("a\n", "--escape", '"');
    expect({ status, said: stderr.includes("are one character") }).toEqual({ status: 2, said: true });
    expect((await readText("a\n", "--columns", "a,a")).stderr).toContain('--columns has "a" twice');
  });

  it("keeps line numbers in errors", async () => {
    const { stderr } = await readText("x\n#c\nid,v\n1,2\n3\n", "--skip", "1", "--comment", "#");
    expect(stderr).toContain("line 5: found 1 fields, expected 2");
  });

  it("with its own source_key keeps both columns", async () => {
    const { stdout, stderr } = await readText("source_key,v\nmine,1\n", "--source-column");
    expect(stdout).toBe("source_key_2,v,source_key,source_member\nmine,1,s3://acme/x.csv,x.csv\n");
    expect(stderr).toContain('column 1 ("source_key") named source_key_2');
  });
});

describe("types", () => {
  it("that are given are kept to, and a cell of another is refused with its line", async () => {
    const text = "id,day,ok\n1,2024-01-15,True\n2,,FALSE\n";
    const flags = [
      "--types",
      "id:integer,day:date",
      "--types",
      "ok:boolean",
      "--format",
      "ndjson",
      "--progress",
      "none",
    ];
    expect(await readText(text, ...flags)).toMatchObject({
      stdout: '{"id":1,"day":"2024-01-15","ok":true}\n{"id":2,"day":null,"ok":false}\n',
      stderr: "",
    });
    const { stderr, status } = await readText("id\n1\n01\n", "--types", "id:integer");
    expect(status).toBe(2);
    expect(stderr).toContain('line 3: column "id" is integer by --types, but holds "01"');
    expect((await readText("id\n", "--types", "id:int")).stderr).toContain('--types has "id:int"');
    expect((await readText("id\n", "--types", "no:integer")).stderr).toContain('there is no column "no"');
  });

  it("that are inferred never cost a digit: what does not fit stays text, with a note", async () => {
    const text = [
      "long,nano,offset,flag,local,big",
      "0.1234567890123456,2024-01-15T10:00:00.123456789Z,2024-01-15T10:00:00+99:99,True,2024-01-15 10:00:00,12345678901234567890",
      "1,2024-01-15T10:00:00Z,2024-01-15T10:00:00+02:00,false,2024-01-15 10:00:00.5,1",
      "",
    ].join("\n");
    const { stdout, stderr, status } = await readText(text, "--infer", "--format", "ndjson");
    expect(status).toBe(0);
    expect(stdout.split("\n")[0]).toBe(
      '{"long":"0.1234567890123456","nano":"2024-01-15T10:00:00.123456789Z","offset":"2024-01-15T10:00:00+99:99","flag":true,"local":"2024-01-15 10:00:00","big":"12345678901234567890"}',
    );
    expect(stderr).toContain("flag boolean, local datetime");
    expect(stderr).toContain("long stays text: it has numbers of more digits than a double keeps");
    expect(stderr).toContain("big stays text: it has numbers of more digits than a double keeps");
    expect(stderr).toContain("nano stays text: it has times with nanoseconds");
  });

  it("of local times are kept in Parquet without a zone, and an empty table has its columns", async () => {
    const output = join(createScratch("dialect"), "x.parquet");
    await readText("at,v\n2024-01-15 10:00:00,1\n", "--infer", "--output", output);
    const { schema } = parquetMetadata(Uint8Array.from(readFileSync(output)).buffer);
    expect(schema[1]).toMatchObject({ name: "at", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false } });
    await readText("id,name\n", "--output", output);
    const empty = parquetMetadata(Uint8Array.from(readFileSync(output)).buffer);
    expect([empty.num_rows, ...empty.schema.map(({ name }) => name)]).toEqual([0n, "schema", "id", "name"]);
  });
});

describe("data of another format is named", () => {
  const rest = Buffer.alloc(600);
  it.each([
    ["a bzip2 file", Buffer.concat([Buffer.from("BZh91AY&SY"), rest])],
    ["an xz file", Buffer.concat([Buffer.from("\xfd7zXZ\0", "latin1"), rest])],
    ["a 7z archive", Buffer.concat([Buffer.from("7z\xbc\xaf\x27\x1c", "latin1"), rest])],
    ["a Parquet file", Buffer.concat([Buffer.from("PAR1"), rest])],
    ["an Arrow file", Buffer.concat([Buffer.from("ARROW1\0\0"), rest])],
    ["a tar archive", Buffer.concat([rest.subarray(0, 257), Buffer.from("ustar\0"), rest])],
    ["a gzip file", gzipSync(gzipSync("a,b\n"))],
    ["a gzip file", writeZip([{ name: "a.csv", data: gzipSync("a,b\n1,2\n") }])],
  ])("as %s", async (name, bytes) => {
    const { stdout, stderr, status } = await readText(bytes);
    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toContain(`it is ${name}, expected CSV`);
  });

  it("but text that begins with the same letters is read", async () => {
    expect(await readText("PAR1,BZh\n1,2\n", "--progress", "none")).toMatchObject({
      stdout: "PAR1,BZh\n1,2\n",
      status: 0,
    });
  });
});
