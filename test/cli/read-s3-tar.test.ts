import { spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.js";
import { startS3Server } from "../support/s3-server.js";
import type { S3Server } from "../support/s3-server.js";
import { createScratch } from "../support/scratch.js";
import { longName, paxHeader, writeTar } from "../support/tar-writer.js";
import { requireTools } from "../support/tools.js";

let s3: S3Server;
const run = (...argv: string[]) => runCli(["read-s3", ...argv], { env: s3.env });
const quietly = (...argv: string[]) => run("--progress", "none", ...argv);

const reports = writeTar([
  { name: "./", type: "5" },
  { name: "./a.csv", data: "id,name\n1,Ada\n2,Grace\n" },
  { name: "./readme.txt", data: "hello\n" },
  { name: "./._a.csv", data: "junk" },
  paxHeader({ path: "./täglich/B.CSV" }),
  { name: "short", data: "id,extra\n3,x\n" },
  longName(`deep/${"long/".repeat(30)}c.csv`),
  { name: "deep", data: "id,name\n4,Zoë\n" },
  { name: "empty.csv" },
]);

beforeAll(async () => {
  s3 = await startS3Server();
  s3.put("acme", "day/reports.tar", reports);
  s3.put("acme", "day/reports.tar.gz", gzipSync(reports));
  s3.put("acme", "one/reports.tgz", gzipSync(reports));
  // Told by content, not by name.
  s3.put("acme", "reports", gzipSync(reports));
});
afterAll(() => s3[Symbol.asyncDispose]());

describe("read-s3 reads the members of a tar archive", () => {
  it.each(["day/reports.tar", "day/reports.tar.gz", "one/reports.tgz", "reports"])("%s as one table", async (key) => {
    expect(await quietly(`s3://acme/${key}`)).toMatchObject({
      stdout: "id,name,extra\n1,Ada,\n2,Grace,\n3,,x\n4,Zoë,\n",
      stderr: "",
      status: 0,
    });
  });

  it("as NDJSON with the name of each, and asks for no byte twice", async () => {
    const before = s3.requests.length;
    const { stdout, status } = await quietly("s3://acme/day/reports.tar.gz", "--format", "ndjson", "--source-column");
    expect({ status, requests: s3.requests.length - before }).toEqual({ status: 0, requests: 1 });
    const rows = stdout
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(rows).toEqual([
      { id: "1", name: "Ada", source_key: "s3://acme/day/reports.tar.gz", source_member: "a.csv" },
      { id: "2", name: "Grace", source_key: "s3://acme/day/reports.tar.gz", source_member: "a.csv" },
      { id: "3", extra: "x", source_key: "s3://acme/day/reports.tar.gz", source_member: "täglich/B.CSV" },
      {
        id: "4",
        name: "Zoë",
        source_key: "s3://acme/day/reports.tar.gz",
        source_member: expect.stringMatching(/^deep\//),
      },
    ]);
  });

  it("with the globs of --member and --exclude, which fit names without ./", async () => {
    expect(await quietly("s3://acme/day/reports.tar", "--member", "täglich/*")).toMatchObject({
      stdout: "id,extra\n3,x\n",
    });
    expect(await quietly("s3://acme/day/reports.tar", "--exclude", "deep/**", "--columns", "id")).toMatchObject({
      stdout: "id\n1\n2\n3\n",
    });
    expect(await quietly("s3://acme/day/reports.tar.gz", "--member", "*.txt", "--raw")).toMatchObject({
      stdout: "hello\n",
    });
  });

  it("in zstd", async () => {
    const frame = Buffer.alloc(9 + 3);
    frame.writeUInt32LE(0xfd2fb528, 0);
    frame.writeUInt8(0xa0, 4);
    frame.writeUInt32LE(reports.length, 5);
    // One last block that is not compressed.
    frame.writeUIntLE((reports.length << 3) | 1, 9, 3);
    s3.put("acme", "reports.tar.zst", Buffer.concat([frame, reports]));
    expect(await quietly("s3://acme/reports.tar.zst", "--columns", "id")).toMatchObject({
      stdout: "id\n1\n2\n3\n4\n",
      stderr: "",
      status: 0,
    });
  });

  it("that a prefix holds", async () => {
    expect(await quietly("s3://acme/one/", "--limit", "1")).toMatchObject({
      stdout: "id,name\n1,Ada\n",
      status: 0,
    });
  });

  it.each(["parquet", "arrow", "json", "ndjson"])("as %s, with --infer and --where", async (format) => {
    const plain = await quietly("s3://acme/day/reports.tar", "--format", format, "--infer", "--where", "id >= 2");
    const zipped = await quietly("s3://acme/day/reports.tar.gz", "--format", format, "--infer", "--where", "id >= 2");
    expect({ status: plain.status, stderr: plain.stderr }).toEqual({ status: 0, stderr: "" });
    expect(plain.stdoutBytes.length).toBeGreaterThan(40);
    expect(zipped.stdoutBytes.equals(plain.stdoutBytes)).toBe(true);
  });

  it("in slices that are together all of it", async () => {
    const shards = [];
    for (const index of [0, 1, 2]) {
      const { stdout } = await quietly("s3://acme/day/reports.tar.gz", "--shard", `${index}/3`, "--format", "ndjson");
      shards.push(
        stdout
          .trim()
          .split("\n")
          .map((line) => (JSON.parse(line) as { id: string }).id),
      );
    }
    expect(shards).toEqual([["1", "2"], ["3"], ["4"]]);
  });

  it("as files of --extract, and lists them with --dry-run", async () => {
    const folder = createScratch("extract");
    const { status, stderr } = await quietly("s3://acme/day/reports.tar.gz", "--member", "**", "--extract", folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(readFileSync(join(folder, "täglich/B.CSV"), "utf8")).toBe("id,extra\n3,x\n");
    expect(readFileSync(join(folder, "readme.txt"), "utf8")).toBe("hello\n");
    expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
    const { stdout } = await quietly("s3://acme/day/reports.tar", "--dry-run", "--format", "csv", "--member", "a.csv");
    expect(stdout).toBe("object,kind,member,compressed_bytes,bytes\ns3://acme/day/reports.tar,tar,a.csv,22,22\n");
  });

  it("across several requests for a large one, each byte once", async () => {
    const data = `id,text\n${Array.from({ length: 300_000 }, (_, index) => `${index},${"x".repeat(index % 40)}\n`).join("")}`;
    const large = writeTar([
      { name: "left-out.bin", data: Buffer.alloc(3_000_000, 1) },
      { name: "large.csv", data },
      { name: "z.csv", data: "id,text\nlast,row\n" },
    ]);
    s3.put("acme", "large.tar", large);
    const before = s3.requests.length;
    const { stdout, status, stderr } = await run("s3://acme/large.tar", "--progress", "log");
    expect({ status, same: stdout === `${data}last,row\n` }).toEqual({ status: 0, same: true });
    expect(stderr).toContain(`(${(large.length / 1e6).toFixed(1)} MB received)`);
    expect(s3.requests.length - before).toBeLessThan(10);
  });
});

describe("what is no file in a tar archive", () => {
  const links = writeTar([
    { name: "a.csv", data: "id\n1\n" },
    { name: "latest.csv", type: "2", linkName: "a.csv" },
    { name: "again.csv", type: "1", linkName: "a.csv" },
    { name: "null.csv", type: "3" },
    { name: "pipe.csv", type: "6" },
    { name: "b.csv", data: "id\n2\n" },
  ]);

  it("is left out, and the summary says so", async () => {
    s3.put("acme", "links.tar", links);
    const { stdout, stderr, status } = await run("s3://acme/links.tar");
    expect({ stdout, status }).toEqual({ stdout: "id\n1\n2\n", status: 0 });
    expect(stderr).toContain(
      'left out of s3://acme/links.tar: "latest.csv", a symbolic link to "a.csv"; "again.csv", a hard link to "a.csv"; "null.csv", a device; and 1 more',
    );
  });

  it("is not listed by --dry-run", async () => {
    s3.put("acme", "links.tar", links);
    const { stdout } = await quietly("s3://acme/links.tar", "--dry-run", "--format", "ndjson");
    expect(stdout.match(/"member":"[^"]*"/g)).toEqual(['"member":"a.csv"', '"member":"b.csv"']);
  });

  it("is refused when nothing else is wanted, and by --extract", async () => {
    s3.put("acme", "links.tar", links);
    const folder = createScratch("extract");
    for (const flags of [
      ["--format", "ndjson"],
      ["--extract", folder],
    ]) {
      const { stdout, stderr, status } = await quietly("s3://acme/links.tar", "--member", "latest.csv", ...flags);
      expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
      expect(stderr).toContain("symbolic link");
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("a sparse file of GNU tar is left out with its name, in all its forms", async () => {
    const sparse = writeTar([
      paxHeader({
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "s.csv",
        "GNU.sparse.realsize": "9999",
      }),
      { name: "GNUSparseFile.0/s.csv", data: "1\n0\n5\n".padEnd(512, "\0") + "id\n9\n" },
      { name: "a.csv", data: "id\n1\n" },
    ]);
    s3.put("acme", "sparse.tar", sparse);
    const { stdout, stderr } = await run("s3://acme/sparse.tar");
    expect(stdout).toBe("id\n1\n");
    expect(stderr).toContain('"s.csv", a sparse file');
  });
});

describe("a tar archive is refused, with a reason, when", () => {
  const whole = writeTar([
    { name: "a.csv", data: "id\n1\n" },
    { name: "b.csv", data: "id\n2\n" },
  ]);
  const changed = (at: number, byte: number) => {
    const bytes = Buffer.from(whole);
    bytes[at] = byte;
    return bytes;
  };
  it.each<[string, Buffer, string]>([
    ["a later header is damaged", changed(1024 + 3, 0x2a), "the checksum of a header is wrong"],
    ["it is cut within a member", whole.subarray(0, 512 + 3), "it ends in the middle of a member"],
    ["it is cut within the padding", whole.subarray(0, 512 + 100), "it ends in the middle of a member"],
    ["it is cut within a header", whole.subarray(0, 1024 + 100), "it ends in the middle of a header"],
    ["another one follows it", Buffer.concat([whole, whole]), "another archive follows its end"],
    ["a size is negative", writeTar([{ name: "a.csv", size: Buffer.alloc(12, 0xff) }]), "a size that is not valid"],
    ["it is a part of several volumes", writeTar([{ name: "a.csv", type: "M", data: "x" }]), "one of several volumes"],
    [
      "a record is damaged",
      writeTar([{ name: "x", type: "x", data: "99 path=a\n" }, { name: "a.csv" }]),
      "a record of an",
    ],
    ["a header has no member", writeTar([paxHeader({ path: "b.csv" })]), "its last header has no member"],
    ["it is empty", Buffer.alloc(10_240), "it is an empty tar archive"],
    ["it is another file", Buffer.from("id\n1\n"), "it is named like a tar archive but does not begin like one"],
    ["it has no CSV", writeTar([{ name: "a.txt", data: "x" }]), 'found "a.txt"'],
  ])("%s", async (_, bytes, message) => {
    s3.put("acme", "bad.tar", bytes);
    s3.put("acme", "bad.tar.gz", gzipSync(bytes));
    for (const [key, format] of [
      ["bad.tar", "ndjson"],
      ["bad.tar.gz", "csv"],
    ] as const) {
      const { stderr, status } = await quietly(`s3://acme/${key}`, "--format", format);
      expect({ key, status, stderr }).toEqual({ key, status: 2, stderr: expect.stringContaining(message) });
    }
  });

  it("gzip data is damaged behind the last member, and nothing is extracted", async () => {
    const bytes = gzipSync(whole);
    bytes.writeUInt32LE(1, bytes.length - 8);
    s3.put("acme", "bad.tar.gz", bytes);
    const folder = createScratch("extract");
    const { stderr, status } = await quietly("s3://acme/bad.tar.gz", "--extract", folder);
    expect({ status, left: readdirSync(folder) }).toEqual({ status: 2, left: [] });
    expect(stderr).toContain("its gzip data is damaged or cut short: the data does not match its CRC-32");
  });

  it("members expand beyond all measure, whichever member is wanted", async () => {
    const bomb = writeTar([
      { name: "zeros.bin", data: Buffer.alloc(80_000_000) },
      { name: "a.csv", data: "id\n1\n" },
    ]);
    s3.put("acme", "bomb.tar.gz", gzipSync(bomb));
    const { stderr, status } = await quietly("s3://acme/bomb.tar.gz");
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining("it expands to more than 250 times"),
    });
    expect(await quietly("s3://acme/bomb.tar.gz", "--max-expansion", "2000")).toMatchObject({
      stdout: "id\n1\n",
      status: 0,
    });
  });
});

describe("a tar archive is read as tar reads it when", () => {
  it.each<[string, Buffer, RegExp]>([
    [
      "it has one zero block at its end",
      writeTar([{ name: "a.csv", data: "id\n1\n" }], Buffer.alloc(512)),
      /0 retries\n$/,
    ],
    ["it has no end mark", writeTar([{ name: "a.csv", data: "id\n1\n" }], Buffer.alloc(0)), /no end mark/],
    [
      "rubbish follows it",
      writeTar([{ name: "a.csv", data: "id\n1\n" }], Buffer.from("\0".repeat(1024) + "rubbish")),
      /bytes after/,
    ],
    [
      "its size is binary",
      writeTar([{ name: "a.csv", data: "id\n1\n", size: Buffer.from("800000000000000000000005", "hex") }]),
      /0 retries\n$/,
    ],
    ["it is of the form V7", writeTar([{ name: "a.csv", data: "id\n1\n", type: "\0", magic: "\0" }]), /0 retries\n$/],
    ["its name is in two parts", writeTar([{ name: "a.csv", prefix: "deep", data: "id\n1\n" }]), /0 retries\n$/],
  ])("%s", async (_, bytes, note) => {
    s3.put("acme", "odd.tar", bytes);
    const { stdout, stderr, status } = await run("s3://acme/odd.tar");
    expect({ stdout, status }).toEqual({ stdout: "id\n1\n", status: 0 });
    expect(stderr).toMatch(note);
  });
});

it.skipIf(!requireTools("archives that GNU tar wrote", "tar"))(
  "reads what GNU tar writes, in each of its forms",
  async () => {
    const folder = createScratch("tar");
    mkdirSync(join(folder, "in/deep"), { recursive: true });
    writeFileSync(join(folder, "in/a.csv"), "id\n1\n");
    writeFileSync(join(folder, "in/deep", `${"n".repeat(150)}.csv`), "id\n2\n");
    linkSync(join(folder, "in/a.csv"), join(folder, "in/linked.csv"));
    symlinkSync("a.csv", join(folder, "in/latest.csv"));
    for (const form of ["gnu", "oldgnu", "pax", "posix"]) {
      const file = join(folder, `${form}.tar.gz`);
      const made = spawnSync("tar", ["--format", form, "--sort=name", "-C", join(folder, "in"), "-czf", file, "."]);
      expect({ form, status: made.status, made: existsSync(file) }).toEqual({ form, status: 0, made: true });
      s3.put("acme", "made.tar.gz", readFileSync(file));
      const { stdout, stderr } = await run("s3://acme/made.tar.gz");
      expect({ form, stdout }).toEqual({ form, stdout: "id\n1\n2\n" });
      expect(stderr).toContain("a symbolic link to");
      expect(stderr).toContain("a hard link to");
    }
  },
);
