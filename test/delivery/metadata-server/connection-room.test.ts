import { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { ConnectionRoom } from "../../../src/delivery/metadata-server/connection-room.js";
import type { ConnectionRoomOptions } from "../../../src/delivery/metadata-server/connection-room.js";

let nowMs = 0;
const rooms: ConnectionRoom[] = [];
afterEach(() => {
  for (const room of rooms.splice(0)) room.close();
  nowMs = 0;
});

function createRoom(capacity: number, more: Partial<ConnectionRoomOptions> = {}): ConnectionRoom {
  const room = new ConnectionRoom({ capacity, relieve: () => undefined, now: () => nowMs, ...more });
  rooms.push(room);
  return room;
}

function createConnection(remoteAddress?: string): Duplex & { readonly remoteAddress: string | undefined } {
  const connection = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  return Object.assign(connection, { remoteAddress });
}

/** Lets connections of one peer in, a second apart. */
function fill(room: ConnectionRoom, count: number, address?: string) {
  return Array.from({ length: count }, () => {
    const connection = createConnection(address);
    room.admit(connection);
    nowMs += 1000;
    return connection;
  });
}

const gone = (connections: readonly Duplex[]) => connections.map(({ destroyed }) => destroyed);

describe("a full room", () => {
  test("lets a newcomer in for who was silent for longest", () => {
    const room = createRoom(4);
    const [first, ...others] = fill(room, 4, "127.0.0.1");
    const newcomer = createConnection("127.0.0.1");
    room.admit(newcomer);
    expect([first?.destroyed, newcomer.destroyed, ...gone(others)]).toEqual([true, false, false, false, false]);
    expect(room.size).toBe(4);
  });

  test("keeps who waits for an answer, and who just came, before who is idle", () => {
    const room = createRoom(3);
    const [asking, idle] = fill(room, 2);
    room.asked(asking as Duplex);
    room.asked(idle as Duplex);
    room.answered(idle as Duplex);
    const young = createConnection();
    room.admit(young);
    room.admit(createConnection());
    expect(gone([asking, idle, young] as Duplex[])).toEqual([false, true, false]);
  });

  test("lets answers out that are held back before it sends anybody away who waits for one", () => {
    const connections: Duplex[] = [];
    const room = createRoom(2, { relieve: () => room.answered(connections[1] as Duplex) });
    connections.push(...fill(room, 2));
    for (const connection of connections) room.asked(connection);
    room.admit(createConnection());
    expect(gone(connections)).toEqual([false, true]);
  });

  test("always has room for one more, even when everybody waits", () => {
    const room = createRoom(2);
    const connections = fill(room, 2);
    for (const connection of connections) room.asked(connection);
    room.admit(createConnection());
    expect(gone(connections)).toEqual([true, false]);
  });
});

describe("shares", () => {
  test("one machine has a quarter, and its own connections go when it wants more", () => {
    const room = createRoom(16);
    const readers = fill(room, 4, "10.0.0.2");
    const greedy = fill(room, 10, "10.0.0.1");
    expect(gone(readers)).toEqual([false, false, false, false]);
    expect(gone(greedy).filter((isGone) => !isGone)).toHaveLength(4);
    expect(room.size).toBe(8);
  });

  test("the addresses of one IPv6 network count together", () => {
    const room = createRoom(16);
    const greedy = Array.from({ length: 10 }, (_, index) => fill(room, 1, `2001:db8::${index + 1}`)).flat();
    expect(gone(greedy).filter((isGone) => !isGone)).toHaveLength(4);
    fill(room, 4, "2001:db8:0:1::1");
    expect(room.size).toBe(8);
  });

  test("other machines together leave a quarter to this one", () => {
    const room = createRoom(16);
    for (let host = 1; host <= 40; host += 1) fill(room, 1, `10.0.0.${host}`);
    expect(room.size).toBe(12);
    const here = ["127.0.0.1", "::1", "::ffff:127.0.0.1", undefined].flatMap((address) => fill(room, 1, address));
    expect(gone(here)).toEqual([false, false, false, false]);
    for (let host = 1; host <= 40; host += 1) fill(room, 1, `10.0.1.${host}`);
    expect(gone(here)).toEqual([false, false, false, false]);
  });
});

describe("a stay", () => {
  test.each([
    ["silent", 5000],
    ["asking", 15_000],
    ["idle", 15_000],
  ] as const)("ends for who is %s for %d ms", (stage, limitMs) => {
    const room = createRoom(4);
    const connection = createConnection();
    room.admit(connection);
    if (stage !== "silent") room.asked(connection);
    if (stage === "idle") room.answered(connection);
    nowMs = limitMs - 1;
    room.sweep();
    expect(connection.destroyed).toBe(false);
    nowMs = limitMs;
    room.sweep();
    expect(connection.destroyed).toBe(true);
    expect(room.size).toBe(0);
  });

  test("ends for thousands in small groups, so that readers get their turns", () => {
    const room = createRoom(2000);
    for (let count = 0; count < 600; count += 1) room.admit(createConnection());
    nowMs = 5000;
    const sizes = [1, 2, 3].map(() => {
      room.sweep();
      return room.size;
    });
    expect(sizes).toEqual([350, 100, 0]);
  });

  test("ends with an answer for who has begun a request", () => {
    const refused: Duplex[] = [];
    const room = createRoom(4, { refuseSlow: (connection) => refused.push(connection) });
    const slow = Object.assign(createConnection(), { bytesRead: 1 });
    room.admit(slow);
    room.admit(createConnection());
    nowMs = 5000;
    room.sweep();
    expect(refused).toEqual([slow]);
    expect(room.size).toBe(0);
  });

  test("begins anew with each request", () => {
    const room = createRoom(4);
    const connection = createConnection();
    room.admit(connection);
    for (nowMs = 0; nowMs < 100_000; nowMs += 5000) {
      room.asked(connection);
      room.answered(connection);
      room.sweep();
    }
    expect(connection.destroyed).toBe(false);
  });
});

test("a closed connection gives its place back, once", async () => {
  const room = createRoom(8);
  const [connection] = fill(room, 1, "10.0.0.1");
  const closed = new Promise((resolve) => connection?.once("close", resolve));
  connection?.destroy();
  await closed;
  connection?.emit("close");
  expect(room.size).toBe(0);
  fill(room, 2, "10.0.0.1");
  expect(room.size).toBe(2);
});
