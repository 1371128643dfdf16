// Loads `serve` with a thousand connections at once and prints requests per second, latencies, errors, how many sessions
// that cost and how much memory it took; beside the official helper when AWS_SIGNING_HELPER names it.
//
// usage: node bench/serve.mjs [--connections 1000] [--seconds 60] [--json]
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "1000" },
    seconds: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
});
const connections = Number(values.connections);
const seconds = Number(values.seconds);
const executable = fileURLToPath(new URL("../dist/rolesanywhere-ts.cjs", import.meta.url));
const load = fileURLToPath(new URL("http-load.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-serve-"));

/** Starts a program and waits until its output holds the pattern. */
function start(command, words, pattern) {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const match = pattern.exec(output);
        if (match !== null) resolve({ child, match, output: () => output });
      });
    }
    child.once("error", reject);
    child.once("close", (status) => reject(new Error(`${command} ended with ${status}: ${output}`)));
  });
}

function residentMegabytes(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

async function measure(name, { child, port }, path, headers, countSessions) {
  const memory = [];
  const sampler = setInterval(() => memory.push(residentMegabytes(child.pid)), 1000);
  const sessionsBefore = await countSessions();
  const asked = { host: "127.0.0.1", port, path, headers, connections, seconds };
  const { stdout } = await promisify(execFile)(process.execPath, [load, JSON.stringify(asked)]);
  clearInterval(sampler);
  const third = memory.slice(Math.floor(memory.length / 3), Math.ceil((2 * memory.length) / 3));
  const last = memory.slice(Math.floor((2 * memory.length) / 3));
  return {
    name,
    ...JSON.parse(stdout),
    sessionsDuring: (await countSessions()) - sessionsBefore,
    memoryMegabytes: { middleThird: mean(third), lastThird: mean(last), most: Math.max(...memory) },
  };
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

async function metadataHeaders(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/latest/api/token`, {
    method: "PUT",
    headers: { "X-aws-ec2-metadata-token-ttl-seconds": "21600" },
  });
  return { "X-aws-ec2-metadata-token": await answer.text() };
}

const results = [];
const children = [];
try {
  const emulator = await start(process.execPath, [executable, "emulator", "--dir", folder], /ready at (\S+)/);
  children.push(emulator.child);
  const url = emulator.match[1];
  const state = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
  const flags = {
    certificate: join(folder, "rsa.pem"),
    "private-key": join(folder, "rsa-key.pem"),
    intermediates: join(folder, "intermediate.pem"),
    "trust-anchor-arn": state.trustAnchors[0].arn,
    "profile-arn": state.profiles[0].arn,
    "role-arn": state.profiles[0].roleArns[0],
    endpoint: url,
    port: "0",
  };
  const words = ["serve", ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
  const countSessions = async () => (await (await fetch(`${url}/_emulator/requests`)).json()).counts.CreateSession ?? 0;
  const rolePath = "/latest/meta-data/iam/security-credentials/Demo";

  const ours = await start(process.execPath, [executable, ...words], /SERVICE_ENDPOINT=http:\/\/127.0.0.1:(\d+)\n/);
  children.push(ours.child);
  const port = Number(ours.match[1]);
  const token = readFileSync(/TOKEN_FILE=(\S+)/.exec(ours.output())[1], "utf8");
  const server = { child: ours.child, port };
  results.push(await measure("container credentials", server, "/credentials", { Authorization: token }, countSessions));
  results.push(await measure("IMDSv2", server, rolePath, await metadataHeaders(port), countSessions));
  ours.child.kill();

  const helper = process.env.AWS_SIGNING_HELPER;
  if (helper !== undefined) {
    const theirs = await start(helper, words, /started on port: (\d+)/);
    children.push(theirs.child);
    const official = { child: theirs.child, port: Number(theirs.match[1]) };
    const headers = await metadataHeaders(official.port);
    results.push(await measure("IMDSv2, official helper", official, rolePath, headers, countSessions));
  } else {
    process.stderr.write("the official helper is not measured: AWS_SIGNING_HELPER does not name it\n");
  }
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}

if (values.json) {
  process.stdout.write(`${JSON.stringify({ connections, seconds, results }, undefined, 2)}\n`);
} else {
  process.stdout.write(`${connections} connections at once for ${seconds} s\n`);
  for (const { name, requestsPerSecond, p50Ms, p99Ms, maximumMs, errors, sessionsDuring, memoryMegabytes } of results) {
    const { middleThird, lastThird } = memoryMegabytes;
    process.stdout.write(
      `${name}: ${Math.round(requestsPerSecond)} requests/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ` +
        `longest ${maximumMs.toFixed(0)} ms, errors ${JSON.stringify(errors)}, sessions made ${sessionsDuring}, ` +
        `memory ${middleThird.toFixed(0)} MB in the middle third, ${lastThird.toFixed(0)} MB in the last\n`,
    );
  }
}
