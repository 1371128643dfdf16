// Measures `credential-process` against its limits and its peers, on one emulator, in one interleaved run.
//
// usage: node bench/credential-process.mjs [--runs 25] [--latency 0,30] [--load 0,2] [--processes 10,50,200] [--json]
//
// Each figure is the median of interleaved runs after two warm-up rounds, with the shortest and the longest. Each ratio to
// another row is the median of the ratios within each round, since what else the machine does in a round meets all rows of
// it alike. `--load` names how many processes keep processors busy meanwhile. A program that is not there is left out:
// dist/standalone/rolesanywhere-ts, dist/lean/rolesanywhere-ts, AWS_SIGNING_HELPER, `aws`, Python's
// iam_rolesanywhere_session.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  describeMachine,
  environment,
  median,
  numbers,
  programs,
  runTimed,
  startTlsEmulator,
  wordsFor,
  works,
} from "./whole-runs.mjs";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "25" },
    latency: { type: "string", default: "0,30" },
    load: { type: "string", default: "0,2" },
    processes: { type: "string", default: "10,50,200" },
    json: { type: "boolean", default: false },
  },
});
const { bundle, launcher, standalone, lean, helper } = programs;
const folder = mkdtempSync(join(tmpdir(), "bench-credential-process-"));
const warmUps = 2;
const cell = (text, width) => text.padEnd(width);

const emulator = await startTlsEmulator(folder);
try {
  await main();
} finally {
  emulator.child.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const report = { machine: describeMachine(), versions: describeVersions(), speed: [], crowds: [] };
  if (!values.json) console.log(formatHeading(report));
  for (const load of numbers(values.load)) {
    const busy = Array.from({ length: load }, () => spawn(process.execPath, ["-e", "for(;;);"], { stdio: "ignore" }));
    try {
      for (const latencyMs of numbers(values.latency)) {
        await emulator.setLatency(latencyMs);
        const rows = await measureSpeed(latencyMs, load);
        report.speed.push(...rows);
        if (!values.json) console.log(formatSpeed(rows));
      }
    } finally {
      for (const child of busy) child.kill("SIGKILL");
    }
  }
  await emulator.setLatency(0);
  for (const count of numbers(values.processes)) report.crowds.push(...(await measureCrowd(count)));
  console.log(values.json ? JSON.stringify(report, undefined, 2) : formatCrowds(report.crowds));
}

/** The programs, each with its words, what it is compared with, and the highest ratio for a latency of 0 and of more. */
function listContenders() {
  const { words, minimum } = wordsFor(emulator);
  const node = process.execPath;
  const contenders = [
    { name: "node -e 0", command: [node, "-e", "0"] },
    { name: "minimum", command: [node, programs.minimum, ...minimum] },
    helper !== undefined && { name: "official helper", command: [helper, ...words] },
    // The command of the npm package, then its one file alone.
    { name: "hit, launcher", command: [node, launcher, ...words], against: "node -e 0", limits: [1.2, 1.2] },
    { name: "miss, launcher", command: [node, launcher, ...words, "--no-cache"], against: "minimum", limits: [1, 1] },
    { name: "hit, bundle", command: [node, bundle, ...words], against: "node -e 0" },
    { name: "miss, bundle", command: [node, bundle, ...words, "--no-cache"], against: "minimum" },
    ...listAlone("standalone", standalone, words, { miss: [1.5, 1.1] }),
    ...listAlone("lean", lean, words, { miss: [0.9, 1], hit: [0.6, 0.15], memory: 1.2, megabytes: 25 }),
    works(["python3", "-c", "import iam_rolesanywhere_session"]) && {
      name: "python session library",
      command: ["python3", programs.sessionLibrary, ...minimum, emulator.file("ca.pem")],
    },
    ...listCliContenders([node, bundle, ...words], existsSync(standalone) ? [standalone, ...words] : undefined),
  ];
  return contenders.filter(Boolean);
}

/** An edition that needs no Node.js, beside the official helper, else beside the bundle. */
function listAlone(edition, file, words, { hit, miss, memory, megabytes }) {
  if (!existsSync(file)) return [];
  const against = (kind) => (helper === undefined ? `${kind}, bundle` : "official helper");
  const only = (limits) => (helper === undefined ? undefined : limits);
  return [
    { name: `hit, ${edition}`, command: [file, ...words], against: against("hit"), limits: only(hit) },
    {
      name: `miss, ${edition}`,
      command: [file, ...words, "--no-cache"],
      against: against("miss"),
      limits: only(miss),
      memoryLimit: only(memory),
      file,
      megabytes,
    },
  ];
}

/** One call of the AWS CLI: with keys in the environment, and with a kept session through each file as `credential_process`. */
function listCliContenders(bundleWords, standaloneWords) {
  if (!works(["aws", "--version"])) return [];
  const env = environment(folder, "aws", emulator);
  const session = JSON.parse(spawnSync(bundleWords[0], bundleWords.slice(1), { env }).stdout);
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

async function measureSpeed(latencyMs, load) {
  const contenders = listContenders().map((contender) => ({ ...contender, walls: [], memory: [] }));
  const env = environment(folder, "speed", emulator);
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
  return contenders.map(({ name, against, limits, memoryLimit, file, megabytes, walls, memory }) => {
    const other = contenders.find((contender) => contender.name === against);
    return {
      load,
      latencyMs,
      name,
      against,
      limit: limits?.[latencyMs === 0 ? 0 : 1],
      ratio: other && median(walls.map((wallMs, round) => wallMs / other.walls[round])),
      wallMs: median(walls),
      spreadMs: [Math.min(...walls), Math.max(...walls)],
      peakMiB: median(memory),
      memoryRatio: memoryLimit && other && median(memory) / median(other.memory),
      memoryLimit,
      fileMegabytes: file === undefined ? undefined : statSync(file).size / 1e6,
      megabytesLimit: megabytes,
    };
  });
}

/** Many processes at once, from an empty cache and from a warm one: each edition alone, then all editions together. */
async function measureCrowd(count) {
  const rows = [];
  const editions = listContenders().filter(({ name }) => name.startsWith("hit, "));
  const crowds = editions.map(({ name, command }) => ({ program: name.slice("hit, ".length), commands: [command] }));
  if (editions.length > 1)
    crowds.push({ program: "all editions mixed", commands: editions.map(({ command }) => command) });
  for (const { program, commands } of crowds) {
    const env = environment(folder, `crowd-${count}-${program.replaceAll(" ", "-")}`, emulator);
    for (const cache of ["empty", "warm"]) {
      await emulator.takeCount();
      const started = performance.now();
      const runs = Array.from({ length: count }, (_, at) => runAside(commands[at % commands.length], env));
      const statuses = await Promise.all(runs);
      rows.push({
        program,
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

function describeVersions() {
  const line = (command) => {
    const { stdout, stderr } = spawnSync(command[0], command.slice(1), { encoding: "utf8" });
    return (stdout || stderr || "").trim().split("\n")[0];
  };
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return {
    node: process.version,
    "rolesanywhere-ts": version,
    ...(helper === undefined ? {} : { "official helper": line([helper, "version"]) }),
    ...(works(["aws", "--version"]) ? { aws: line(["aws", "--version"]) } : {}),
  };
}

function formatHeading({ machine, versions }) {
  const columns = [cell("what", 34), cell("load", 8), cell("latency", 8), cell("median", 11), cell("spread", 11)];
  const facts = [machine, ...Object.entries(versions).map(([name, text]) => `${name} ${text}`)];
  return [...facts, "", `${columns.join("")}${cell("peak", 11)}ratio`].join("\n");
}

function formatSpeed(rows) {
  const verdict = (value, limit, unit = "") =>
    limit === undefined ? "" : ` (at most ${limit}${unit}${value <= limit ? "" : ", MISSED"})`;
  const lines = rows.map((row) => {
    const { load, name, latencyMs, wallMs, spreadMs, ratio, against, limit, peakMiB } = row;
    const { memoryRatio, memoryLimit, fileMegabytes, megabytesLimit } = row;
    const relations = [
      ratio !== undefined && `${ratio.toFixed(2)} x ${against}${verdict(ratio, limit)}`,
      memoryRatio && `${memoryRatio.toFixed(2)} x its memory${verdict(memoryRatio, memoryLimit)}`,
      fileMegabytes && `${fileMegabytes.toFixed(1)} MB${verdict(fileMegabytes, megabytesLimit, " MB")}`,
    ];
    const spread = `${spreadMs[0].toFixed(0)}-${spreadMs[1].toFixed(0)}`;
    const columns = [
      cell(name, 34),
      cell(load === 0 ? "quiet" : `${load} busy`, 8),
      cell(`${latencyMs} ms`, 8),
      cell(`${wallMs.toFixed(1)} ms`, 11),
      cell(spread, 11),
      cell(`${peakMiB.toFixed(1)} MiB`, 11),
    ];
    return columns.join("") + relations.filter(Boolean).join(", ");
  });
  return `${lines.join("\n")}\n`;
}

function formatCrowds(crowds) {
  const lines = crowds.map(
    ({ program, processes, cache, wallMs, createSessionCalls, failures }) =>
      `${cell(`${processes} at once, ${cache} cache, ${program}`, 50)}${cell(`${wallMs.toFixed(0)} ms`, 11)}${createSessionCalls} CreateSession, ${failures} failures`,
  );
  return lines.join("\n");
}
