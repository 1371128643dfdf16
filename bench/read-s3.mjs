// Compares read-s3 with the tools that people use for the same job, on one machine in one run, and prints ratios.
//
//   node build.mjs && node bench/read-s3.mjs [MIB [ROUNDS [MINUTES [NAME]]]]   default 1024 MiB of CSV, 5 rounds, 30 minutes
//
// In each round everything runs once, so that whatever else the machine does falls on all. Printed are medians with the least
// and the greatest, and medians of the ratios within a round. No round begins that would not end within the minutes. Only
// rows whose names begin with NAME run, if it is given: 4096 1 30 read-s3 shows that memory stays.
//
// The peers read local files, which favours them: read-s3 fetches the archive from a server on the loopback interface.
// Peers that are not installed are left out with a note: python3 with pandas, duckdb, polars and chdb, unzip, and
// @duckdb/node-api, which is looked for from the working directory.
//
// Each peer is used as its manual has it for input of any size: all columns as text, as read-s3 reads them; pandas in chunks,
// by its own parser, since the pyarrow one reads neither in chunks nor line breaks inside fields; DuckDB, polars and chDB with
// all cores. DuckDB and polars read no ZIP, and chDB's build for Python has it left out, so they come with unzip before them,
// and once more without it, for comparison.
//
// A second table counts the requests for 2,000 members at a latency of 30 ms.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const [mib = 1024, rounds = 5, minutes = 30] = process.argv.slice(2, 5).map(Number);
const only = process.argv[5] ?? "";
const here = fileURLToPath(new URL(".", import.meta.url));
const executable = join(here, "../dist/rolesanywhere-ts.cjs");
const folder = process.env["BENCH_FOLDER"] ?? mkdtempSync(join(tmpdir(), "bench-read-s3-"));
const csv = join(folder, `bench-${mib}.csv`);
const zip = join(folder, `bench-${mib}.zip`);
const sixteen = join(folder, `bench-${mib}-sixteen.zip`);
const many = join(folder, "bench-many.zip");
const python = (code) => ["python3", "-c", code];

if (![csv, zip, sixteen, many].every((file) => existsSync(file))) await makeArchives();
const csvBytes = statSync(csv).size;
const local = await startServer(0);
const distant = await startServer(30);
const readArchive = (archive, ...flags) => [
  process.execPath,
  executable,
  "read-s3",
  `s3://bench/${basename(archive)}`,
  "--progress",
  "log",
  ...flags,
];
const readS3 = (...flags) => readArchive(zip, ...flags);

const columns = ["id", "external_id", "name", "amount", "currency", "created_at", "note", "reason"];
/** Programs that write a CSV file as NDJSON. */
const converters = {
  duckdb: (input) =>
    `import duckdb; duckdb.sql("copy (select * from read_csv('${input}', all_varchar=true)) to '/dev/null' (format json)")`,
  polars: (input) => `import polars; polars.scan_csv('${input}', infer_schema=False).sink_ndjson('/dev/null')`,
  chdb: (input) =>
    `import chdb; chdb.query("insert into function file('/dev/null', 'JSONEachRow') select * from file('${input}', 'CSVWithNames', '${columns.map((name) => `${name} String`).join(", ")}')")`,
};
/** @param {keyof typeof converters} module @param {string} input */
const ndjson = (module, input) => converters[module](input);
const unzipped = join(folder, "unzipped.csv");
/** @param {keyof typeof converters} module */
const afterUnzip = (module) => [
  "sh",
  "-c",
  'unzip -p "$0" > "$1" && python3 -c "$2"; status=$?; rm -f "$1"; exit $status',
  zip,
  unzipped,
  ndjson(module, unzipped),
];
const pandas = `import pandas
with open('/dev/null', 'w') as f:
  for chunk in pandas.read_csv('${zip}', dtype=str, keep_default_na=False, chunksize=100000):
    chunk.to_json(f, orient='records', lines=True)`;
/** @type {[task: string, name: string, needs: string[], command: string[]][]} */
const allRuns = [
  ["NDJSON", "read-s3", [], readS3("--format", "ndjson")],
  ["NDJSON", "read-s3, 16 members", [], readArchive(sixteen, "--format", "ndjson")],
  ["NDJSON", "pandas, chunks", ["pandas"], python(pandas)],
  [
    "NDJSON",
    "DuckDB from unzip -p",
    ["duckdb", "unzip"],
    ["sh", "-c", 'unzip -p "$0" | python3 -c "$1"', zip, ndjson("duckdb", "/dev/stdin")],
  ],
  ["NDJSON", "DuckDB after unzip", ["duckdb", "unzip"], afterUnzip("duckdb")],
  ["NDJSON", "DuckDB, no ZIP", ["duckdb"], python(ndjson("duckdb", csv))],
  ["NDJSON", "polars after unzip", ["polars", "unzip"], afterUnzip("polars")],
  ["NDJSON", "polars, no ZIP", ["polars"], python(ndjson("polars", csv))],
  ["NDJSON", "chDB after unzip", ["chdb", "unzip"], afterUnzip("chdb")],
  ["NDJSON", "chDB, no ZIP", ["chdb"], python(ndjson("chdb", csv))],
  ["raw", "read-s3", [], readS3("--raw")],
  ["raw", "unzip -p", ["unzip"], ["unzip", "-p", zip]],
  ["CSV", "read-s3", [], readS3("--format", "csv")],
  ["CSV", "read-s3, 16 members", [], readArchive(sixteen, "--format", "csv")],
  ["Parquet", "read-s3", [], readS3("--format", "parquet")],
  [
    "Parquet",
    "DuckDB's appender, 500,000 rows",
    ["@duckdb/node-api"],
    [process.execPath, join(here, "duckdb-appender.mjs"), csv],
  ],
  ["Arrow", "read-s3", [], readS3("--format", "arrow")],
];
const runs = allRuns.filter(([, name]) => name.startsWith(only));
const surveys = [["ndjson"], ["csv"], ["parquet"], ["arrow"], ["csv", "--infer"], ["csv", "--limit", "1"]];

const versions = describeVersions();
/** Measurements by task and name, one a round. @type {Map<string, ReturnType<typeof measure>[]>} */
const results = new Map();
let done = 0;
try {
  const started = performance.now();
  for (let round = 0; round < rounds; round++, done++) {
    const spent = (performance.now() - started) / 60_000;
    if (round > 0 && spent + spent / round > minutes) break;
    for (const [task, name, needs, command] of runs) {
      if (!needs.every((need) => versions[need] !== undefined)) continue;
      const key = `${task} ${name}`;
      results.set(key, [...(results.get(key) ?? []), measure(command, local.url)]);
      console.error(`round ${round + 1}: ${key} ${results.get(key)?.at(-1)?.seconds.toFixed(2)} s`);
    }
  }
  printResults();
  printSurveys();
} finally {
  local.server.kill();
  distant.server.kill();
  if (process.env["BENCH_FOLDER"] === undefined) rmSync(folder, { recursive: true });
}

function printResults() {
  console.log(
    `${mib} MiB, ${done} ${done === 1 ? "round" : "rounds"}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)};`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version ?? "not installed"}`)
      .join(", "),
  );
  printTable(
    ["to", "with", "seconds", "least-most", "CPU seconds", "MB/s", "peak MiB", "read-s3 is faster by", "by CPU"],
    runs.map(([task, name]) => describe(task, name)),
  );
}

/** Medians of the rounds. Ratios are medians of the ratios within a round. */
function describe(task, name) {
  const measured = results.get(`${task} ${name}`);
  if (measured === undefined) return [task, name, "not installed"];
  const own = results.get(`${task} read-s3`) ?? [];
  const seconds = measured.map((each) => each.seconds);
  const [least, most] = [Math.min(...seconds), Math.max(...seconds)];
  const isRate = name.startsWith("DuckDB's appender");
  const row = [
    task,
    name,
    isRate ? "" : median(seconds).toFixed(2),
    isRate
      ? `${median(measured.map((each) => each.rowsPerSecond ?? 0))} rows/s`
      : `${least.toFixed(2)}-${most.toFixed(2)}`,
    measured[0]?.cpuSeconds === undefined ? "" : median(measured.map((each) => each.cpuSeconds ?? 0)).toFixed(2),
    isRate ? "" : (csvBytes / 1e6 / median(seconds)).toFixed(0),
    measured[0]?.peakMib === undefined ? "" : String(Math.max(...measured.map((each) => each.peakMib ?? 0))),
  ];
  if (name === "read-s3") return row;
  const ratio = (value) => median(measured.map((each, round) => value(each) / value(own[round] ?? each)));
  if (isRate) return [...row, (1 / ratio((each) => each.rowsPerSecond ?? 0)).toFixed(2), ""];
  return [...row, ratio((each) => each.seconds).toFixed(2), ratio((each) => each.cpuSeconds ?? 0).toFixed(2)];
}

function printSurveys() {
  const rows = surveys.map(([format, ...flags]) => {
    const { seconds, requests, received } = measure(
      readArchive(many, "--format", format ?? "csv", ...flags),
      distant.url,
    );
    return [[format, ...flags].join(" "), seconds.toFixed(2), requests, received];
  });
  console.log("\n2,000 members, 30 ms latency:");
  printTable(["to", "seconds", "requests", "received"], rows);
}

function printTable(head, rows) {
  const line = (cells) => `| ${head.map((_, index) => cells[index] ?? "").join(" | ")} |`;
  console.log([line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n"));
}

function median(values) {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

async function startServer(latencyMs) {
  const server = spawn(process.execPath, [join(here, "s3-file-server.mjs"), folder, String(latencyMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve) => server.stdout.once("data", (data) => resolve(String(data).trim())));
  return { server, url };
}

/** Runs a command with its output thrown away. */
function measure(command, url) {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_REGION: "us-east-1",
  };
  const timed = existsSync("/usr/bin/time") ? ["/usr/bin/time", "-f", "peak %M cpu %U %S", ...command] : command;
  const started = performance.now();
  const { status, stderr } = spawnSync(timed[0], timed.slice(1), {
    env,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`${command.join(" ")} failed: ${stderr}`);
  const [, peak, user, system] = /peak (\d+) cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  // read-s3 counts the rows in its summary; the appender's script tells its own rate, without the parsing before it.
  const counted = /([\d,]+) rows,/.exec(stderr)?.[1]?.replaceAll(",", "");
  const rate = /(\d+) rows\/s/.exec(stderr)?.[1];
  const rowsPerSecond =
    rate !== undefined ? Number(rate) : counted !== undefined ? Math.round(Number(counted) / seconds) : undefined;
  // On a busy machine the CPU time says more than the clock.
  const cpuSeconds = user === undefined ? undefined : Number(user) + Number(system);
  return {
    seconds,
    cpuSeconds,
    rowsPerSecond,
    peakMib: peak === undefined ? undefined : Math.round(Number(peak) / 1024),
    requests: /([\d,]+) requests?,/.exec(stderr)?.[1],
    received: /\(([\d.]+ \w+) received\)/.exec(stderr)?.[1],
  };
}

/** The version of every program that takes part; undefined for one that is not there. */
function describeVersions() {
  const answer = (command, ...words) => {
    const { status, stdout } = spawnSync(command, words, { encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  const module = (name) => answer("python3", "-c", `import ${name}; print(${name}.__version__)`);
  return {
    node: process.versions.node,
    pandas: module("pandas"),
    duckdb: module("duckdb"),
    polars: module("polars"),
    chdb: module("chdb"),
    unzip: /UnZip ([\d.]+)/.exec(answer("unzip", "-v") ?? "")?.[1],
    "@duckdb/node-api": duckdbNode(),
  };
}

function duckdbNode() {
  try {
    const { version } = createRequire(`${process.cwd()}/`)("@duckdb/node-api/package.json");
    return version;
  } catch {
    return undefined;
  }
}

/** Rows as reports have them: numbers, dates, quoted text with commas, doubled quotes and line breaks, UTF-8. */
async function makeArchives() {
  const words = "alpha beta gamma delta epsilon zeta eta theta iota kappa Zürich São Paulo naïve façade 東京".split(
    " ",
  );
  let seed = 1;
  const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff;
  const word = () => words[Math.floor(random() * words.length)];
  const out = createWriteStream(csv);
  out.write("id,external_id,name,amount,currency,created_at,note,reason\r\n");
  for (let id = 1, written = 0; written < mib * 1024 * 1024;) {
    let block = "";
    for (let row = 0; row < 5000; row++, id++) {
      const kind = random();
      const note =
        kind < 0.1 ? `"said ""${word()}"", then\nleft"` : kind < 0.4 ? `"${word()}, ${word()}"` : `${word()} ${word()}`;
      const externalId = Math.floor(random() * 2 ** 48).toString(16);
      block += `${id},${externalId},${word()} ${word()},${(random() * 10_000).toFixed(2)},EUR,2024-01-15T12:${10 + (id % 50)}:00Z,${note},${random() < 0.2 ? "" : `code ${id % 100}`}\r\n`;
    }
    written += Buffer.byteLength(block);
    if (!out.write(block)) await new Promise((resolve) => out.once("drain", resolve));
  }
  await new Promise((resolve) => out.end(resolve));
  // The second archive has the same rows in 16 members, the third 2,000 members of the first 120 MiB.
  const { status } = spawnSync("python3", [
    "-c",
    `import re, zipfile
def split(path, parts, size):
  with open('${csv}', 'rb') as f, zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as z:
    head = f.readline()
    for part in range(parts):
      rows = f.read(size // parts)
      while True:
        rest = f.readline()
        rows += rest
        if rest == b'' or (rest.endswith(b'\\r\\n') and re.match(rb'\\d+,[0-9a-f]+,', f.peek(40)[:40]) is not None): break
      z.writestr(f'part-{part:04}.csv', head + rows)
with zipfile.ZipFile('${zip}', 'w', zipfile.ZIP_DEFLATED) as z: z.write('${csv}', 'bench.csv')
import os
split('${sixteen}', 16, os.path.getsize('${csv}') + 16)
split('${many}', 2000, min(os.path.getsize('${csv}'), 120 * 1024 * 1024))`,
  ]);
  if (status !== 0) throw new Error("python3 is needed to make the archive");
}
