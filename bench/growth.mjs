// Measures how the cost of a run grows: with sessions in the cache folder, with profiles in the config file, with chained
// roles. AWS's Python library beside it, for scale.
//
// usage: node bench/growth.mjs [--runs 15] [--entries 1,10,100,1000] [--profiles 1,10,100,500,5000] [--hops 0,1,2,4,8]
//
// Each figure is the median of interleaved runs, each ratio the median of the ratios to the first row within a round.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
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
    runs: { type: "string", default: "15" },
    entries: { type: "string", default: "1,10,100,1000" },
    profiles: { type: "string", default: "1,10,100,500,5000" },
    hops: { type: "string", default: "0,1,2,4,8" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "bench-growth-"));

const emulator = await startTlsEmulator(folder);
try {
  console.log(`${describeMachine()}\nnode ${process.version}\n`);
  const { words, minimum } = wordsFor(emulator);
  const editions = [
    { name: "bundle", command: [process.execPath, programs.bundle] },
    existsSync(programs.standalone) && { name: "standalone", command: [programs.standalone] },
    existsSync(programs.lean) && { name: "lean", command: [programs.lean] },
  ].filter(Boolean);
  const python = works(["python3", "-c", "import iam_rolesanywhere_session"])
    ? ["python3", programs.sessionLibrary, ...minimum, emulator.file("ca.pem")]
    : undefined;
  const base = environment(folder, "base", emulator);

  const inCache = numbers(values.entries).map((count) => ({ count, env: withEntries(count, words, editions) }));
  const inConfig = numbers(values.profiles).map((count) => ({ count, env: withProfiles(count) }));
  const chain = await emulator.makeRoleChain(Math.max(...numbers(values.hops)));
  // Stamps of files younger than two seconds are not trusted: without this the first hits would be slow ones.
  await sleep(2_500);
  for (const { name, command } of editions) {
    await measure(
      `hit, ${name}, sessions in the folder`,
      inCache.map(({ count, env }) => ({ count, env, command: [...command, ...words] })),
    );
    await measure(
      `miss that is kept, ${name}, sessions in the folder`,
      inCache.map(({ count, env }) => ({ count, env, command: [...command, ...words], fresh: true })),
    );
    await measure(
      `miss, ${name}, profiles in the config file`,
      inConfig.map(({ count, env }) => ({
        count,
        env,
        command: [...command, ...words, "--no-cache", "--settings-profile", `p${count - 1}`],
      })),
    );
    await measure(
      `miss, ${name}, chained roles`,
      numbers(values.hops).map((count) => ({
        count,
        env: base,
        command: [
          ...command,
          ...words,
          "--no-cache",
          ...chain.slice(0, count).flatMap((arn) => ["--assume-role-arn", arn]),
        ],
      })),
    );
  }
  if (python === undefined) console.log("AWS's Python library is not measured: iam_rolesanywhere_session is not there");
  else {
    await measure(
      "Python library, profiles in the config file",
      inConfig.map(({ count, env }) => ({ count, env, command: python })),
    );
    await measure(
      "Python library, chained roles",
      numbers(values.hops).map((count) => ({
        count,
        env: { ...base, CHAINED_ROLES: chain.slice(0, count).join(",") },
        command: python,
      })),
    );
  }
} finally {
  emulator.child.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** A home whose cache folder has the session that is asked for, and others beside it. */
function withEntries(count, words, editions) {
  const env = environment(folder, `entries-${count}`, emulator);
  for (const { command } of editions) runTimed([...command, ...words], env);
  const cache = join(env.HOME, ".cache/rolesanywhere-ts");
  for (let at = 1; at < count; at++) {
    const name = randomBytes(32).toString("hex");
    writeFileSync(join(cache, `${name}.session`), randomBytes(1400), { mode: 0o600 });
    writeFileSync(join(cache, `${name}.index`), "{}", { mode: 0o600 });
  }
  return env;
}

function withProfiles(count) {
  const env = environment(folder, `profiles-${count}`, emulator);
  const profile = (at) =>
    `[profile p${at}]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/Role${at}\n` +
    `credential_process = /usr/local/bin/rolesanywhere-ts credential-process --settings-profile p${at}\n\n`;
  writeFileSync(env.AWS_CONFIG_FILE, Array.from({ length: count }, (_, at) => profile(at)).join(""));
  mkdirSync(join(env.HOME, ".aws"), { recursive: true });
  return env;
}

/** A run whose session is not in the folder yet: it is kept, and removed again without being timed. */
function runFresh(command, env) {
  const cache = join(env.HOME, ".cache/rolesanywhere-ts");
  const before = new Set(readdirSync(cache));
  const run = runTimed([...command, "--session-duration", "901"], env);
  for (const name of readdirSync(cache)) if (!before.has(name)) rmSync(join(cache, name), { recursive: true });
  return run;
}

async function measure(title, rows) {
  const walls = rows.map(() => []);
  for (let round = -2; round < Number(values.runs); round++) {
    for (const [at, { command, env, fresh }] of rows.entries()) {
      const { wallMs } = fresh === true ? runFresh(command, env) : runTimed(command, env);
      if (round >= 0) walls[at].push(wallMs);
    }
  }
  console.log(title);
  for (const [at, { count }] of rows.entries()) {
    const ratio = median(walls[at].map((wallMs, round) => wallMs / walls[0][round]));
    const spread = `${Math.min(...walls[at]).toFixed(0)}-${Math.max(...walls[at]).toFixed(0)}`;
    console.log(
      `  ${String(count).padStart(5)}  ${median(walls[at]).toFixed(1).padStart(7)} ms  ${spread.padEnd(10)} ${ratio.toFixed(2)} x`,
    );
  }
}
