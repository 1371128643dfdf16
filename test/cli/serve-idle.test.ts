import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEmulatedIdentity } from "../support/emulated-identity.js";
import type { EmulatedIdentity } from "../support/emulated-identity.js";
import { afterShell, startCli } from "../support/run-cli.js";
import type { RunningCli } from "../support/run-cli.js";
import { createScratch } from "../support/scratch.js";
import { credentials, get, readServed, until } from "../support/served.js";
import type { Served } from "../support/served.js";

let identity: EmulatedIdentity;
let cli: RunningCli | undefined;
const sockets: Socket[] = [];

beforeEach(async () => {
  identity = await createEmulatedIdentity();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await cli?.stop("SIGKILL");
  await identity.emulator.stop();
});

/** Starts `serve` in a process that may have so many files and sockets open. */
async function serve(descriptors: number): Promise<Served> {
  const words = ["serve", ...identity.flags, "--port", "0", "--role-arn", identity.roleArn("Demo")];
  cli = startCli(words, {
    ...afterShell(`ulimit -n ${descriptors}`),
    env: { XDG_RUNTIME_DIR: createScratch("runtime") },
  });
  return readServed(cli);
}

/** Opens connections on which nothing comes, and which stay open on this side whatever the other does. */
async function openIdle(url: string, count: number, bytes = ""): Promise<void> {
  const opened = Array.from({ length: count }, () => {
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), allowHalfOpen: true });
    sockets.push(socket);
    socket.on("error", () => undefined).on("data", () => undefined);
    if (bytes !== "") socket.write(bytes);
    return new Promise((resolve) => {
      socket.once("connect", resolve).once("close", resolve);
    });
  });
  await Promise.all(opened);
}

async function connectionsOf({ url }: Served): Promise<number> {
  const { body } = await get(`${url}/metrics`);
  return Number(/^rolesanywhere_ts_connections (\d+)$/m.exec(body)?.[1]);
}

test.each(["", "GET /credentials HTTP/1.1\r\nHost: 127"])(
  "readers are answered while many more connections than there may be are open and send %j",
  async (bytes) => {
    const served = await serve(120);
    for (let round = 0; round < 5; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one wave after the other
      await openIdle(served.url, 300, bytes);
      // oxlint-disable-next-line no-await-in-loop
      const replies = await Promise.all(Array.from({ length: 10 }, () => credentials(served)));
      expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    }
    expect(await connectionsOf(served)).toBeLessThan(120);
  },
);

test.each(["", "GET /credentials HTTP/1.1\r\nHost: 127"])(
  "a connection that sends %j ends, even when the other side keeps its half open",
  async (bytes) => {
    const served = await serve(1000);
    await openIdle(served.url, 50, bytes);
    const ended = sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.once("end", resolve).once("close", resolve);
        }),
    );
    await Promise.all(ended);
    const left = await until(
      async () => ({ status: await connectionsOf(served), body: "connections" }),
      ({ status }) => status === 1,
      20_000,
    );
    expect(left.status).toBe(1);
  },
);

test("readers come in with a session to renew, when nearly every descriptor is taken", async () => {
  identity.limitSessions(6);
  const served = await serve(120);
  const first = await credentials(served);
  for (let round = 0; round < 8; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- the connections stay while the session is renewed
    await openIdle(served.url, 200);
    // oxlint-disable-next-line no-await-in-loop
    await sleep(500);
  }
  const second = await until(
    () => credentials(served),
    ({ status, body }) => status === 200 && body !== first.body,
  );
  expect(second.status).toBe(200);
});
