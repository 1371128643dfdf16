// Holds thousands of connections to `serve` that send nothing, while readers keep asking: a thousand that each open a
// connection for every request, and some that keep theirs. Prints how many answers failed or came late.
//
// usage: node bench/serve-idle.mjs [--idle 10000] [--readers 1000] [--seconds 60] [--descriptors 120] [--json]
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const { values } = parseArgs({
  options: {
    idle: { type: "string", default: "10000" },
    readers: { type: "string", default: "1000" },
    keeping: { type: "string", default: "20" },
    seconds: { type: "string", default: "60" },
    descriptors: { type: "string" },
    program: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const executable = values.program ?? fileURLToPath(new URL("../dist/rolesanywhere-ts.cjs", import.meta.url));
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-serve-idle-"));
const children = [];

function start(command, words, pattern) {
  const child = spawn(command, words, { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  let output = "";
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const match = pattern.exec(output);
        if (match !== null) resolve({ child, match, output: () => output });
      });
    }
    child.once("close", (status) => reject(new Error(`${command} ended with ${status}: ${output}`)));
  });
}

async function run(name, asked) {
  const { stdout } = await promisify(execFile)(process.execPath, [script(name), JSON.stringify(asked)]);
  return JSON.parse(stdout);
}

try {
  const emulator = await start(process.execPath, [executable, "emulator", "--dir", folder], /ready at (\S+)/);
  const state = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
  const flags = {
    certificate: join(folder, "rsa.pem"),
    "private-key": join(folder, "rsa-key.pem"),
    intermediates: join(folder, "intermediate.pem"),
    "trust-anchor-arn": state.trustAnchors[0].arn,
    "profile-arn": state.profiles[0].arn,
    "role-arn": state.profiles[0].roleArns[0],
    endpoint: emulator.match[1],
    port: "0",
  };
  const words = ["serve", ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
  const limit = values.descriptors === undefined ? "" : `ulimit -n ${Number(values.descriptors)}; `;
  const server = await start(
    "sh",
    ["-c", `${limit}exec "$@"`, "sh", process.execPath, executable, ...words],
    /SERVICE_ENDPOINT=http:\/\/127.0.0.1:(\d+)\n/,
  );
  const port = Number(server.match[1]);
  const token = readFileSync(/TOKEN_FILE=(\S+)/.exec(server.output())[1], "utf8");
  const place = { host: "127.0.0.1", port, path: "/credentials", headers: { Authorization: token } };
  const idle = await start(
    process.execPath,
    [script("idle-sockets.mjs"), JSON.stringify({ ...place, connections: Number(values.idle) })],
    /open\n/,
  );
  const [fresh, keeping] = await Promise.all([
    run("fresh-readers.mjs", { ...place, readers: Number(values.readers), pauseMs: 1000, seconds }),
    run("http-load.mjs", { ...place, connections: Number(values.keeping), seconds, pauseMs: 100 }),
  ]);
  const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))?.[1]) / 1024;
  // What the main thread ran, and what it waited for a processor: on a busy machine the second explains the first.
  const [ran, waited] = readFileSync(`/proc/${server.child.pid}/task/${server.child.pid}/schedstat`, "utf8").split(" ");
  const processorSeconds = { ran: Number(ran) / 1e9, waited: Number(waited) / 1e9 };
  idle.child.stdin.end();
  await new Promise((resolve) => idle.child.once("close", resolve));
  const held = JSON.parse(idle.output().split("\n")[1]);
  const result = { fresh, keeping, held, memoryMegabytes: memory, processorSeconds };
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    for (const [name, { requests, p50Ms = 0, p99Ms = 0, maximumMs = 0, errors }] of Object.entries({
      fresh,
      keeping,
    })) {
      process.stdout.write(
        `${name}: ${requests} answers, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, longest ` +
          `${maximumMs.toFixed(0)} ms, failures ${JSON.stringify(errors)}\n`,
      );
    }
    process.stdout.write(
      `idle: ${JSON.stringify(held)}; the server: ${memory.toFixed(0)} MB, processor ${JSON.stringify(processorSeconds)} s\n`,
    );
  }
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}
