// Measures `token eks` beside `aws eks get-token` and a cached session of `credential-process`, on one emulator, in one
// interleaved run.
//
// usage: node bench/token.mjs [--runs 15] [--json]
//
// Each figure is the median after two warm-up rounds; each ratio is the median of the ratios within each round. The AWS
// CLI is given its keys in the environment, which is the fastest way that it has.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { runs: { type: "string", default: "15" }, json: { type: "boolean" } } });
const bundle = fileURLToPath(new URL("../dist/rolesanywhere-ts.cjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-token-"));
const warmUps = 2;
const emulator = spawn(process.execPath, [bundle, "emulator", "--dir", join(folder, "emulator"), "--log", "none"]);
try {
  console.log(format(await main()));
} finally {
  emulator.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const env = { ...process.env, HOME: folder, ...(await readVariables()) };
  // Younger files are not taken for settled, and a session is then looked for by the slower way.
  await sleep(2_100);
  const token = [process.execPath, bundle, "token", "eks", "--cluster", "prod", "--settings-profile", "chained"];
  const keys = { AWS_ACCESS_KEY_ID: "ASIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" };
  const hit = [process.execPath, bundle, "credential-process", "--settings-profile", "chained"];
  const rows = [
    { name: "credential-process, cached session", words: hit, env },
    { name: "token eks, cached session", words: [...token, "--cache"], env },
    { name: "token eks, new session and role chaining", words: [...token, "--no-cache"], env },
    {
      name: "aws eks get-token",
      words: ["aws", "eks", "get-token", "--cluster-name", "prod"],
      env: { ...env, ...keys },
    },
  ].filter(({ words, env: own }) => spawnSync(words[0], words.slice(1), { env: own }).status === 0);
  const times = rows.map(() => []);
  for (let run = -warmUps; run < Number(values.runs); run++) {
    for (const [index, { words, env: own }] of rows.entries()) {
      const started = performance.now();
      const { status, stderr } = spawnSync(words[0], words.slice(1), { env: own, encoding: "utf8" });
      if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr}`);
      if (run >= 0) times[index].push(performance.now() - started);
    }
  }
  const last = times.at(-1);
  return rows.map(({ name }, index) => ({
    name,
    ms: Math.round(median(times[index])),
    ratio: Number(median(times[index].map((ms, run) => ms / last[run])).toFixed(2)),
  }));
}

async function readVariables() {
  let text = "";
  for await (const chunk of emulator.stdout) {
    text += chunk;
    if (text.includes("# emulator ready")) break;
  }
  return Object.fromEntries([...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}

function median(numbers) {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];
}

function format(rows) {
  if (values.json) return JSON.stringify(rows, undefined, 2);
  return rows.map(({ name, ms, ratio }) => `${name.padEnd(42)}${String(ms).padStart(6)} ms  ${ratio}`).join("\n");
}
