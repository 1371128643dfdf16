// Compares read-s3 with the tools that people use for the same job, on one machine in one run, and prints ratios.
//
//   node build.mjs && node bench/read-s3.mjs [MIB]        default 1024 MiB of CSV; 4096 shows that memory stays
//
// The peers read local files, which favours them: read-s3 fetches the archive from a server on the loopback interface.
// Peers that are not installed are left out with a note: python3 with pandas and duckdb, unzip, and @duckdb/node-api,
// which is looked for from the working directory.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const mib = Number(process.argv[2] ?? 1024);
const here = fileURLToPath(new URL(".", import.meta.url));
const executable = join(here, "../dist/rolesanywhere-ts.cjs");
const folder = process.env["BENCH_FOLDER"] ?? mkdtempSync(join(tmpdir(), "bench-read-s3-"));
const csv = join(folder, `bench-${mib}.csv`);
const zip = join(folder, `bench-${mib}.zip`);
const python = (code) => ["python3", "-c", code];

if (!existsSync(zip)) await makeArchive();
const server = spawn(process.execPath, [join(here, "s3-file-server.mjs"), folder], {
  stdio: ["ignore", "pipe", "inherit"],
});
const url = await new Promise((resolve) => server.stdout.once("data", (data) => resolve(String(data).trim())));
const readS3 = (...flags) => [
  process.execPath,
  executable,
  "read-s3",
  `s3://bench/bench-${mib}.zip`,
  "--progress",
  "log",
  ...flags,
];

const rows = [];
const report = (task, name, result) => {
  if (result === undefined) return rows.push({ task, name, seconds: "not installed" });
  rows.push({
    task,
    name,
    seconds: result.seconds.toFixed(1),
    "CPU seconds": result.cpuSeconds,
    "MB/s": (statSync(csv).size / 1e6 / result.seconds).toFixed(0),
    "rows/s": result.rowsPerSecond,
    "peak MiB": result.peakMib,
    result,
  });
};

try {
  report("NDJSON", "read-s3", measure(readS3("--format", "ndjson")));
  report(
    "NDJSON",
    "DuckDB from unzip -p",
    available("duckdb", "unzip") &&
      measure([
        "sh",
        "-c",
        `unzip -p '${zip}' | python3 -c "import duckdb; duckdb.sql(\\"copy (select * from read_csv('/dev/stdin', all_varchar=true)) to '/dev/null' (format json)\\")"`,
      ]),
  );
  report(
    "NDJSON",
    "DuckDB, plain file",
    available("duckdb") &&
      measure(
        python(
          `import duckdb; duckdb.sql("copy (select * from read_csv('${csv}', all_varchar=true)) to '/dev/null' (format json)")`,
        ),
      ),
  );
  report(
    "NDJSON",
    "pandas, chunks",
    available("pandas") &&
      measure(
        python(
          `import pandas\nwith open('/dev/null','w') as f:\n  for chunk in pandas.read_csv('${zip}', dtype=str, keep_default_na=False, chunksize=100000): chunk.to_json(f, orient='records', lines=True)`,
        ),
      ),
  );
  report("raw", "read-s3", measure(readS3("--raw")));
  report("raw", "unzip -p", available("unzip") && measure(["unzip", "-p", zip]));
  report("CSV", "read-s3", measure(readS3("--format", "csv")));
  report("Parquet", "read-s3", measure(readS3("--format", "parquet")));
  report(
    "Parquet",
    "DuckDB's appender, 500,000 rows",
    duckdbNode() && measure([process.execPath, join(here, "duckdb-appender.mjs"), csv]),
  );
  report("Arrow", "read-s3", measure(readS3("--format", "arrow")));
} finally {
  server.kill();
  if (process.env["BENCH_FOLDER"] === undefined) rmSync(folder, { recursive: true });
}
console.table(rows.map(compare));

function compare({ result, ...row }) {
  const own = rows.find(({ task, name }) => task === row.task && name === "read-s3")?.result;
  if (result === undefined || own === undefined || own === result) return row;
  const times = row.task === "Parquet" ? own.rowsPerSecond / result.rowsPerSecond : result.seconds / own.seconds;
  return { ...row, "read-s3 is faster by": times.toFixed(2) };
}

/** Runs a command with its output thrown away. */
function measure(command) {
  if (command === false) return undefined;
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
  const cpuSeconds = user === undefined ? "?" : (Number(user) + Number(system)).toFixed(1);
  return { seconds, cpuSeconds, rowsPerSecond, peakMib: peak === undefined ? "?" : Math.round(Number(peak) / 1024) };
}

function available(...names) {
  return names.every((name) =>
    name === "unzip"
      ? spawnSync("unzip", ["-v"]).status === 0
      : spawnSync("python3", ["-c", `import ${name}`]).status === 0,
  )
    ? true
    : undefined;
}

function duckdbNode() {
  try {
    return createRequire(`${process.cwd()}/`).resolve("@duckdb/node-api") !== "";
  } catch {
    return undefined;
  }
}

/** Rows as reports have them: numbers, dates, quoted text with commas, doubled quotes and line breaks, UTF-8. */
async function makeArchive() {
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
  const { status } = spawnSync("python3", [
    "-c",
    `import zipfile\nwith zipfile.ZipFile('${zip}','w',zipfile.ZIP_DEFLATED) as z: z.write('${csv}','bench.csv')`,
  ]);
  if (status !== 0) throw new Error("python3 is needed to make the archive");
}
