// Prints the table of sizes in docs/install.md from the files in dist: run after `npm run build` and, for the other editions,
// `npm run build:standalone -- all`. Peaks and times are those of the editions that run on this machine.
//
// usage: node scripts/size-table.mjs
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { environment, programs, runTimed, startTlsEmulator, wordsFor } from "../bench/whole-runs.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const rounds = 11;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const own = `${process.platform}-${process.arch}`;

const folder = mkdtempSync(join(tmpdir(), "size-table-"));
const emulator = await startTlsEmulator(folder);
try {
  const rows = [packageRow(), ...filesOf("standalone"), ...filesOf("lean")];
  await measure(rows.filter(({ command }) => command !== undefined));
  const cells = ({ edition, platform, download, installed, start = "", hit = "", miss = "" }) =>
    `| ${[edition, platform, megabytes(download), installed, start, hit, miss].join(" | ")} |`;
  console.log("| edition | platform | download | installed | shortest start | peak of a hit | peak of a miss |");
  console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
  for (const row of rows) console.log(cells(row));
} finally {
  emulator.child.kill();
  rmSync(folder, { recursive: true, force: true });
}

function packageRow() {
  const words = ["pack", "--dry-run", "--json", "--ignore-scripts", "--silent"];
  const [packed] = JSON.parse(execFileSync("npm", words, { cwd: root, encoding: "utf8" }));
  return {
    edition: "npm package",
    platform: `all, with Node.js; measured on ${process.version}`,
    download: packed.size,
    installed: megabytes(packed.unpackedSize),
    command: [process.execPath, programs.bundle],
  };
}

/** One row for each file of an edition; the name of a file for another machine ends in its platform. */
function filesOf(edition) {
  const place = join(root, "dist", edition);
  const names = existsSync(place) ? readdirSync(place).filter((name) => name.startsWith("rolesanywhere-ts")) : [];
  return names.sort().map((name) => {
    const file = join(place, name);
    const platform = name.replace(/^rolesanywhere-ts-?|\.exe$/g, "") || own;
    return {
      edition,
      platform,
      download: gzipSync(readFileSync(file), { level: 9 }).length,
      installed: megabytes(statSync(file).size),
      ...(platform === own ? { command: [file] } : {}),
    };
  });
}

async function measure(rows) {
  const { words } = wordsFor(emulator);
  const env = environment(folder, "sizes", emulator);
  // The lean edition has no other command: its shortest start is a hit.
  const shortest = (edition) => (edition === "lean" ? words : ["version"]);
  const runs = rows.map(({ edition, command }) => [
    { command: [...command, ...shortest(edition)], walls: [] },
    { command: [...command, ...words], walls: [] },
    { command: [...command, ...words, "--no-cache"], walls: [] },
  ]);
  for (const { command } of runs.flat()) runTimed(command, env);
  // Stamps of files younger than two seconds are not trusted: without this the hits would be slow ones.
  await sleep(2_500);
  for (let round = 0; round < rounds; round++) {
    for (const run of runs.flat()) {
      const { wallMs, peakMiB } = runTimed(run.command, env);
      run.walls.push(wallMs);
      run.peak = `${peakMiB.toFixed(0)} MiB`;
    }
  }
  for (const [at, row] of rows.entries()) {
    const [version, hit, miss] = runs[at];
    Object.assign(row, { start: `${Math.min(...version.walls).toFixed(0)} ms`, hit: hit.peak, miss: miss.peak });
  }
}
