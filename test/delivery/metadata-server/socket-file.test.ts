import { chownSync, lstatSync, readFileSync, symlinkSync, writeFileSync, existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { listen } from "../../../src/delivery/metadata-server/listener.js";
import { runProgram } from "../../support/run-program.js";
import { createScratch } from "../../support/scratch.js";
import { requireCondition } from "../../support/tools.js";

const servers = new Set<ReturnType<typeof createServer>>();
afterEach(() => {
  for (const server of servers) server.close();
  servers.clear();
});

function listenOn(path: string) {
  const server = createServer();
  servers.add(server);
  return listen(server, { kind: "unix", path }, false);
}

/** A socket file that a killed program left behind. */
async function leaveSocket(path: string): Promise<void> {
  const script = "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
  await runProgram(process.execPath, ["-e", script, path]);
  expect(lstatSync(path).isSocket()).toBe(true);
}

test("a file at the socket's path stays as it is, and the error names it", async () => {
  const path = join(createScratch(), "notes.txt");
  writeFileSync(path, "precious");
  await expect(listenOn(path)).rejects.toThrow(`cannot listen on unix:${path}: a file is there`);
  expect(readFileSync(path, "utf8")).toBe("precious");
});

test("a link at the socket's path stays, whatever it leads to", async () => {
  const folder = createScratch();
  const dead = join(folder, "dead");
  await leaveSocket(dead);
  writeFileSync(join(folder, "file"), "precious");
  for (const target of ["dead", "file", "nowhere"]) {
    const path = join(folder, `link-to-${target}`);
    symlinkSync(join(folder, target), path);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect(listenOn(path)).rejects.toThrow(`unix:${path}: a symbolic link is there`);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  }
  expect([existsSync(dead), readFileSync(join(folder, "file"), "utf8")]).toEqual([true, "precious"]);
});

test("a folder at the socket's path is named as one", async () => {
  const path = join(createScratch(), "folder");
  mkdirSync(path);
  await expect(listenOn(path)).rejects.toThrow("a folder is there");
});

test("the socket of a server that was killed is replaced", async () => {
  const path = join(createScratch(), "socket");
  await leaveSocket(path);
  expect(await listenOn(path)).toEqual({ kind: "unix", path });
});

test("the socket of a running server stays its own", async () => {
  const path = join(createScratch(), "socket");
  await listenOn(path);
  const { ino } = lstatSync(path);
  await expect(listenOn(path)).rejects.toThrow("another program listens there");
  expect(lstatSync(path).ino).toBe(ino);
});

const isRoot = process.getuid?.() === 0;
test.skipIf(!requireCondition("a dead socket of another user", isRoot, "a run as root"))(
  "the dead socket of another user stays",
  async () => {
    const path = join(createScratch(), "socket");
    await leaveSocket(path);
    chownSync(path, 12_345, 12_345);
    await expect(listenOn(path)).rejects.toThrow("a socket of another user (12345) is there");
    expect(lstatSync(path).uid).toBe(12_345);
  },
);

/** Looks at a path without a pause and tells every mode that it saw. */
const watcher = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { lstatSync } = require("node:fs");
  const { path, flag } = workerData;
  const seen = new Set();
  const stop = new Int32Array(flag);
  parentPort.postMessage("ready");
  while (Atomics.load(stop, 0) === 0) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined) seen.add(found.mode & 0o777);
  }
  parentPort.postMessage([...seen]);
`;

test("nobody else may use the socket at any moment, even when the umask keeps nothing back", async () => {
  const path = join(createScratch(), "socket");
  const flag = new SharedArrayBuffer(4);
  const worker = new Worker(watcher, { eval: true, workerData: { path, flag } });
  const before = process.umask(0);
  try {
    await new Promise((resolve) => worker.once("message", resolve));
    for (let round = 0; round < 200; round += 1) {
      const server = createServer();
      // oxlint-disable-next-line no-await-in-loop -- one start after the other
      await listen(server, { kind: "unix", path }, false);
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => server.close(resolve));
    }
    expect(process.umask()).toBe(0);
    const seen = new Promise((resolve) => worker.once("message", resolve));
    Atomics.store(new Int32Array(flag), 0, 1);
    expect(await seen).toEqual([0o600]);
  } finally {
    process.umask(before);
    await worker.terminate();
  }
});
