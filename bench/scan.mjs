// Compares `scan` with `aws dynamodb scan` and with boto3 in as many threads as we have segments, on the same server,
// and says what that server can give at most. Peers that are not installed are left out.
//   node bench/scan.mjs [--items 1000000] [--segments 16] [--endpoint-url URL --table NAME] [--only ours,boto3]
// Without --endpoint-url the server is bench/dynamodb-pages.mjs; any other DynamoDB with a table in it will do.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    items: { type: "string", default: "1000000" },
    segments: { type: "string", default: "16" },
    "endpoint-url": { type: "string" },
    table: { type: "string", default: "pages" },
    only: { type: "string" },
  },
});
const here = fileURLToPath(new URL(".", import.meta.url));
const executable = join(here, "../dist/rolesanywhere-ts.cjs");
const segments = Number(values.segments);
const scratch = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-bench-"));
const environment = {
  ...process.env,
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
};

const boto3Threads = `
import sys, json, threading, boto3
from decimal import Decimal
from botocore.config import Config
from boto3.dynamodb.types import TypeDeserializer
url, table, segments, write = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "write"
client = boto3.client("dynamodb", endpoint_url=url, config=Config(max_pool_connections=segments))
lock = threading.Lock()
def plain(value):
    if isinstance(value, Decimal): return str(value)
    if isinstance(value, set): return list(value)
    return str(value)
def work(segment):
    deserialize = TypeDeserializer().deserialize
    for page in client.get_paginator("scan").paginate(TableName=table, Segment=segment, TotalSegments=segments):
        items = [{name: deserialize(value) for name, value in item.items()} for item in page["Items"]]
        if write:
            text = "".join(json.dumps(item, default=plain) + "\\n" for item in items)
            with lock: sys.stdout.write(text)
threads = [threading.Thread(target=work, args=(segment,)) for segment in range(segments)]
for thread in threads: thread.start()
for thread in threads: thread.join()
`;

const contenders = (url) => [
  {
    name: "server's own limit",
    key: "limit",
    describe: `${segments} connections that only count bytes`,
    command: [process.execPath, join(here, "dynamodb-drain.mjs"), url, values.table, String(segments)],
  },
  {
    name: "rolesanywhere-ts scan",
    key: "ours",
    describe: `NDJSON, ${segments} segments`,
    command: [
      process.execPath,
      executable,
      "scan",
      values.table,
      "--endpoint-url",
      url,
      "--segments",
      String(segments),
    ],
  },
  {
    name: "boto3, items only",
    key: "boto3",
    describe: `${segments} threads, TypeDeserializer, nothing written`,
    command: ["python3", "-c", boto3Threads, url, values.table, String(segments), "keep"],
    needs: ["python3", "-c", "import boto3"],
    goal: 2.5,
  },
  {
    name: "boto3, NDJSON",
    key: "boto3-ndjson",
    describe: "the same, written as NDJSON",
    command: ["python3", "-c", boto3Threads, url, values.table, String(segments), "write"],
    needs: ["python3", "-c", "import boto3"],
  },
  {
    name: "aws dynamodb scan",
    key: "aws",
    describe: "one reader, typed JSON",
    command: ["aws", "dynamodb", "scan", "--table-name", values.table, "--endpoint-url", url, "--output", "json"],
    needs: ["aws", "--version"],
    goal: 8,
  },
];

/** Runs to the end with standard output in a file, since a terminal or a pipe would be measured too. */
function run({ command: [program, ...words] }) {
  const out = openSync(join(scratch, "out"), "w");
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env: environment, stdio: ["ignore", out, "pipe"] });
    let peakKiB = 0;
    // VmHWM is the peak so far; it goes away with the process.
    const watch = setInterval(() => {
      try {
        peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1] ?? peakKiB);
      } catch {
        // Gone, or no Linux.
      }
    }, 20);
    let errors = "";
    child.stderr.on("data", (chunk) => (errors += chunk));
    child.on("error", reject);
    child.on("close", (status) => {
      clearInterval(watch);
      closeSync(out);
      const seconds = (performance.now() - startedMs) / 1000;
      if (status === 0) resolve({ seconds, peakKiB });
      else reject(new Error(`${program} ended with ${status}: ${errors.slice(-500)}`));
    });
  });
}

function works(command) {
  try {
    execFileSync(command[0], command.slice(1), { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function startServer() {
  if (values["endpoint-url"] !== undefined) return { url: values["endpoint-url"], stop: () => undefined };
  const child = spawn(process.execPath, [join(here, "dynamodb-pages.mjs"), "--items", values.items]);
  const url = await new Promise((resolve) => child.stdout.once("data", (text) => resolve(String(text).trim())));
  return { url, stop: () => child.kill() };
}

const { url, stop } = await startServer();
try {
  const items = Number(values.items);
  console.log(`${items} items from ${url}, one run each, output to a file`);
  const results = new Map();
  const wanted = values.only?.split(",");
  for (const contender of contenders(url)) {
    const { name, key, describe, needs, goal } = contender;
    if (wanted !== undefined && !wanted.includes(key)) continue;
    if (needs !== undefined && !works(needs)) {
      console.log(`${name.padEnd(24)} left out: "${needs.join(" ")}" does not work here`);
      continue;
    }
    const { seconds, peakKiB } = await run(contender);
    results.set(key, seconds);
    const ours = results.get("ours");
    const ratio =
      goal === undefined || ours === undefined
        ? ""
        : `  we are ${(seconds / ours).toFixed(1)} x as fast (goal ${goal})`;
    const rate = `${Math.round(items / seconds)} items/s`;
    console.log(
      `${name.padEnd(24)} ${seconds.toFixed(1).padStart(7)} s ${rate.padStart(16)} ${(peakKiB / 1024).toFixed(0).padStart(6)} MiB  ${describe}${ratio}`,
    );
  }
} finally {
  stop();
  rmSync(scratch, { recursive: true, force: true });
}
