// Measures `credential-process` against its limits and its peers, on one emulator, in one interleaved run.
//
// usage: node bench/credential-process.mjs [--runs 15] [--latency 0,30] [--processes 1,10,50,200] [--json]
//
// Each figure is the median of interleaved runs after two warm-up rounds. Each ratio to another row is the median of the
// ratios within each round, since what else the machine does in a round meets all rows of it alike. A
// program that is not there is left out: dist/standalone/rolesanywhere-ts, AWS_SIGNING_HELPER, `aws`, Python's
// iam_rolesanywhere_session.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, platform, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "15" },
    latency: { type: "string", default: "0,30" },
    processes: { type: "string", default: "1,10,50,200" },
    json: { type: "boolean", default: false },
  },
});
const numbers = (text) => text.split(",").filter(Boolean).map(Number);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const bundle = here("../dist/rolesanywhere-ts.cjs");
const standalone = here("../dist/standalone/rolesanywhere-ts");
const helper = process.env["AWS_SIGNING_HELPER"];
const folder = mkdtempSync(join(tmpdir(), "bench-credential-process-"));
const warmUps = 2;
const timer = works(["/usr/bin/time", "-f", "%M", "true"]) ? ["/usr/bin/time", "-f", "peak %M"] : [];
const peaks = new Map();

const emulator = await startEmulator();
try {
  await main();
} finally {
  emulator.child.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const report = { machine: describeMachine(), versions: describeVersions(), speed: [], crowds: [] };
  for (const latencyMs of numbers(values.latency)) {
    await emulator.setLatency(latencyMs);
    report.speed.push(...(await measureSpeed(latencyMs)));
    for (const count of numbers(values.processes)) report.crowds.push(...(await measureCrowd(count, latencyMs)));
  }
  console.log(values.json ? JSON.stringify(report, undefined, 2) : formatReport(report));
}

async function startEmulator() {
  const child = spawn(
    process.execPath,
    [bundle, "emulator", "--dir", join(folder, "emulator"), "--tls", "--log", "none"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.includes("ready at")) break;
  }
  const url = /ready at (\S+)/.exec(output)[1];
  const files = join(folder, "emulator");
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  process.removeAllListeners("warning");
  const control = async (method, path, body) => {
    const answer = await fetch(`${url}/_emulator/${path}`, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const { trustAnchors, profiles, roles } = await control("GET", "state");
  return {
    child,
    url,
    file: (name) => join(files, name),
    arns: { anchor: trustAnchors[0].arn, profile: profiles[0].arn, role: roles[0].arn },
    async setLatency(milliseconds) {
      await control("DELETE", "faults");
      if (milliseconds > 0) await control("POST", "faults", [{ kind: "latency", milliseconds }]);
    },
    async takeCount() {
      const { counts } = await control("GET", "requests");
      await control("DELETE", "requests");
      return counts.CreateSession ?? 0;
    },
  };
}

/** The programs, each with its words and what it is compared with. */
function listContenders() {
  const { file, url, arns } = emulator;
  const identity = ["--certificate", file("ec.pem"), "--private-key", file("ec-key.pem")];
  const words = [
    "credential-process",
    ...identity,
    "--intermediates",
    file("intermediate.pem"),
    "--trust-anchor-arn",
    arns.anchor,
    "--profile-arn",
    arns.profile,
    "--role-arn",
    arns.role,
    "--endpoint",
    url,
  ];
  const minimum = [
    file("ec.pem"),
    file("ec-key.pem"),
    file("intermediate.pem"),
    arns.anchor,
    arns.profile,
    arns.role,
    url,
  ];
  const node = process.execPath;
  const alone = existsSync(standalone);
  const missLimit = helper === undefined ? "minimum" : "official helper";
  const found = [
    { name: "node -e 0", command: [node, "-e", "0"] },
    { name: "minimum", command: [node, here("minimum.cjs"), ...minimum] },
    { name: "hit, bundle", command: [node, bundle, ...words], against: "node -e 0", limit: 1.2 },
    { name: "miss, bundle", command: [node, bundle, ...words, "--no-cache"], against: "minimum", limit: 1.35 },
    alone && { name: "hit, standalone", command: [standalone, ...words], against: "hit, bundle", limit: 0.5 },
    alone && {
      name: "miss, standalone",
      command: [standalone, ...words, "--no-cache"],
      against: missLimit,
      limit: helper === undefined ? 0.5 : 1,
    },
    helper !== undefined && { name: "official helper", command: [helper, ...words] },
    helper !== undefined &&
      alone && {
        name: "hit, standalone, against the helper",
        command: [standalone, ...words],
        against: "official helper",
        limit: 0.2,
      },
    works(["python3", "-c", "import iam_rolesanywhere_session"]) && {
      name: "python session library",
      command: ["python3", here("session-library.py"), ...minimum, file("ca.pem")],
    },
    ...listCliContenders([node, bundle, ...words], alone ? [standalone, ...words] : undefined),
  ];
  return found.filter(Boolean);
}

/** One call of the AWS CLI: with keys in the environment, and with a kept session through each file as `credential_process`. */
function listCliContenders(bundleWords, standaloneWords) {
  if (!works(["aws", "--version"])) return [];
  const session = JSON.parse(spawnSync(bundleWords[0], bundleWords.slice(1), { env: environment("aws") }).stdout);
  const { AccessKeyId, SecretAccessKey, SessionToken } = session;
  const keys = {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
  };
  const call = ["aws", "sts", "get-caller-identity", "--region", "us-east-1", "--endpoint-url", emulator.url];
  const config = join(folder, "aws-cli-config");
  const profile = (name, words) => `[profile ${name}]\ncredential_process = ${words.join(" ")}\n`;
  writeFileSync(
    config,
    profile("bundle", bundleWords) + (standaloneWords ? profile("standalone", standaloneWords) : ""),
  );
  const through = (name) => ({
    name: `aws CLI, through the ${name}`,
    command: [...call, "--profile", name],
    variables: { AWS_CONFIG_FILE: config },
    against: "aws CLI, keys in the environment",
  });
  return [
    { name: "aws CLI, keys in the environment", command: call, variables: keys },
    through("bundle"),
    standaloneWords !== undefined && through("standalone"),
  ];
}

async function measureSpeed(latencyMs) {
  const contenders = listContenders().map((contender) => ({ ...contender, walls: [], memory: [] }));
  const env = environment("speed");
  // Stamps of files younger than two seconds are not trusted: without this the first hits would be slow ones.
  await sleep(2_500);
  for (let round = -warmUps; round < Number(values.runs); round++) {
    for (const { command, variables, walls, memory } of contenders) {
      const run = runTimed(command, { ...env, ...variables });
      if (round < 0) continue;
      walls.push(run.wallMs);
      memory.push(run.peakMiB);
    }
  }
  return contenders.map(({ name, against, limit, walls, memory }) => ({
    latencyMs,
    name,
    against,
    limit,
    ratio: ratioOf({ against, walls }, contenders),
    wallMs: median(walls),
    spreadMs: [Math.min(...walls), Math.max(...walls)],
    peakMiB: median(memory),
  }));
}

function ratioOf({ against, walls }, contenders) {
  const other = contenders.find(({ name }) => name === against);
  return other === undefined ? undefined : median(walls.map((wallMs, round) => wallMs / other.walls[round]));
}

function runTimed(command, env) {
  const started = performance.now();
  const { status, stderr, error } = spawnSync(command[0], command.slice(1), { env, stdio: ["ignore", "pipe", "pipe"] });
  const wallMs = performance.now() - started;
  if (status !== 0) throw error ?? new Error(`${command.join(" ")} ended with ${status}: ${stderr}`);
  return { wallMs, peakMiB: peakOf(command, env) };
}

/** Peak memory, measured apart so that the timer's own start does not count; three runs are enough for it. */
function peakOf(command, env) {
  const key = command.join(" ");
  const known = peaks.get(key) ?? [];
  peaks.set(key, known);
  if (timer.length > 0 && known.length < 3) {
    const { stderr } = spawnSync(timer[0], [...timer.slice(1), ...command], { env, encoding: "utf8" });
    known.push(Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024);
  }
  return known.length === 0 ? Number.NaN : median(known);
}

/** Many processes at once, from an empty cache and from a warm one. */
async function measureCrowd(count, latencyMs) {
  const rows = [];
  const programs = listContenders().filter(({ name }) => /^hit, (bundle|standalone)$/.test(name));
  for (const { name, command } of programs) {
    const env = environment(`crowd-${count}-${latencyMs}-${name.length}`);
    for (const cache of ["empty", "warm"]) {
      await emulator.takeCount();
      const started = performance.now();
      const statuses = await Promise.all(Array.from({ length: count }, () => runAside(command, env)));
      rows.push({
        latencyMs,
        program: name.slice("hit, ".length),
        processes: count,
        cache,
        wallMs: performance.now() - started,
        createSessionCalls: await emulator.takeCount(),
        failures: statuses.filter((status) => status !== 0).length,
      });
    }
  }
  return rows;
}

function runAside(command, env) {
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), { env, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.resume();
    child.on("error", () => resolve(-1));
    child.on("close", (status) => resolve(status ?? -1));
  });
}

function environment(name) {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const config = join(home, "config");
  writeFileSync(config, "");
  const { PATH, PYENV_ROOT, PYTHONUSERBASE = join(process.env["HOME"] ?? "", ".local") } = process.env;
  return {
    PATH,
    PYENV_ROOT,
    PYTHONUSERBASE,
    HOME: home,
    AWS_CA_BUNDLE: emulator.file("ca.pem"),
    AWS_CONFIG_FILE: config,
  };
}

function works(command) {
  return spawnSync(command[0], command.slice(1), { stdio: "ignore" }).status === 0;
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function describeMachine() {
  return `${cpus()[0]?.model ?? "unknown processor"} x ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}`;
}

function describeVersions() {
  const line = (command) => {
    const { stdout, stderr } = spawnSync(command[0], command.slice(1), { encoding: "utf8" });
    return (stdout || stderr || "").trim().split("\n")[0];
  };
  const { version } = JSON.parse(readFileSync(here("../package.json"), "utf8"));
  return {
    node: process.version,
    "rolesanywhere-ts": version,
    ...(helper === undefined ? {} : { "official helper": line([helper, "version"]) }),
    ...(works(["aws", "--version"]) ? { aws: line(["aws", "--version"]) } : {}),
  };
}

function formatReport({ machine, versions, speed, crowds }) {
  const cell = (text, width) => text.padEnd(width);
  const speedLines = speed.map(({ name, latencyMs, wallMs, spreadMs, ratio, against, limit, peakMiB }) => {
    const relation =
      ratio === undefined
        ? ""
        : `${ratio.toFixed(2)} x ${against}${limit === undefined ? "" : ` (at most ${limit}${ratio <= limit ? "" : ", MISSED"})`}`;
    const spread = `${spreadMs[0].toFixed(0)}-${spreadMs[1].toFixed(0)}`;
    return `${cell(name, 38)}${cell(`${latencyMs} ms`, 8)}${cell(`${wallMs.toFixed(1)} ms`, 11)}${cell(spread, 11)}${cell(`${peakMiB.toFixed(1)} MiB`, 11)}${relation}`;
  });
  const crowdLines = crowds.map(
    ({ program, processes, cache, latencyMs, wallMs, createSessionCalls, failures }) =>
      `${cell(`${processes} at once, ${cache} cache, ${program}`, 38)}${cell(`${latencyMs} ms`, 8)}${cell(`${wallMs.toFixed(0)} ms`, 11)}${createSessionCalls} CreateSession, ${failures} failures`,
  );
  const heading = `${cell("what", 38)}${cell("latency", 8)}${cell("median", 11)}${cell("spread", 11)}${cell("peak", 11)}ratio`;
  const facts = [machine, ...Object.entries(versions).map(([name, text]) => `${name} ${text}`)];
  return [...facts, "", heading, ...speedLines, "", ...crowdLines].join("\n");
}
