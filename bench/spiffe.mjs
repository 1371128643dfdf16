// Time and peak memory of a session with a certificate from a SPIFFE agent, beside plain PEM files: a cache hit and a miss,
// against the emulator on this machine. The agent here is a stand-in in this process that sends one SVID.
//
//   node bench/spiffe.mjs [ROUNDS]
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator } from "./emulator-account.mjs";

const rounds = Number(process.argv[2] ?? 15);
const executable = fileURLToPath(new URL("../dist/rolesanywhere-ts.cjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-bench-"));
const at = (name) => join(folder, name);
const timer =
  spawnSync("/usr/bin/time", ["-f", "%M", "true"]).status === 0 ? ["/usr/bin/time", "-f", "peak %M cpu %U %S"] : [];
let emulator;
const agent = createServer();

const varint = (value) => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
const field = (number, bytes) =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
const der = (name) => Buffer.from(readFileSync(at(name), "utf8").replaceAll(/-----[^-]+-----|\s/g, ""), "base64");

function startAgent() {
  const svid = Buffer.concat([
    field(1, Buffer.from("spiffe://example.org/bench")),
    field(2, Buffer.concat([der("ec.pem"), der("intermediate.pem")])),
    field(3, der("ec-key.pem")),
  ]);
  const message = field(1, svid);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  agent.on("stream", (stream) => {
    stream.on("error", () => undefined);
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.write(Buffer.concat([head, message]));
  });
  return new Promise((resolve) => agent.listen(at("agent.sock"), resolve));
}

function run(words) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const [program, ...args] = [...timer, process.execPath, executable, ...words];
    const child = spawn(program, args, { env: { ...process.env, HOME: folder } });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdout.resume();
    child.on("close", (status) => {
      if (status !== 0) return reject(new Error(stderr));
      const [peak = 0, user = 0, system = 0] =
        /peak (\d+) cpu ([\d.]+) ([\d.]+)/.exec(stderr)?.slice(1).map(Number) ?? [];
      resolve({ ms: performance.now() - started, cpuMs: (user + system) * 1000, mib: peak / 1024 });
    });
  });
}

const median = (list) => list.toSorted((one, other) => one - other)[list.length >> 1];

try {
  const started = await startEmulator(executable, folder);
  emulator = started.process;
  await startAgent();
  const base = ["credential-process", ...started.flags];
  const pem = [
    "--certificate",
    at("ec.pem"),
    "--private-key",
    at("ec-key.pem"),
    "--intermediates",
    at("intermediate.pem"),
  ];
  const spiffe = ["--certificate", `spiffe:unix://${at("agent.sock")}`];
  const rows = {
    "PEM, hit": [...base, ...pem],
    "SPIFFE, hit": [...base, ...spiffe],
    "PEM, miss": [...base, ...pem, "--no-cache"],
    "SPIFFE, miss": [...base, ...spiffe, "--no-cache"],
  };
  // A hit takes the fast path once the files are two seconds old.
  for (const words of Object.values(rows)) await run(words);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  for (const words of Object.values(rows)) await run(words);
  const measured = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, words] of Object.entries(rows)) measured[name].push(await run(words));
  console.log(
    "| | median ms | CPU ms | peak MiB | to PEM, time | to PEM, CPU |\n| --- | --- | --- | --- | --- | --- |",
  );
  for (const [name, list] of Object.entries(measured)) {
    const peers = measured[name.replace("SPIFFE", "PEM")];
    const of = (key) => median(list.map((one) => one[key]));
    const ratio = (key) => median(list.map((one, round) => one[key] / peers[round][key])).toFixed(2);
    const cells = [of("ms").toFixed(0), of("cpuMs").toFixed(0), of("mib").toFixed(1), ratio("ms"), ratio("cpuMs")];
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
} finally {
  emulator?.kill();
  agent.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
