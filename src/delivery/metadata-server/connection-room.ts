import type { Duplex } from "node:stream";
import { isLoopback } from "./listen-address.js";

/** An accepted connection, as a runtime gives it; one of a unix socket has no address. */
export type Connection = Duplex & {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  /** Bytes that came so far. */
  readonly bytesRead?: number;
};

/**
 * What a connection is doing. One that has sent no whole request is `silent`, one whose request waits for its answer is
 * `asking`, one that has its answer is `idle`.
 */
type Stage = "silent" | "asking" | "idle";

interface Guest {
  readonly connection: Connection;
  /** Whose it is: `undefined` for this machine, else an IPv4 address or the first half of an IPv6 one. */
  readonly peer: string | undefined;
  stage: Stage;
  /** When the stage began, of the clock that only goes forward. */
  sinceMs: number;
}

/** Who stays longer in a stage is no reader. */
const maxStayMs = { silent: 5000, asking: 15_000, idle: 15_000 } as const satisfies Record<Stage, number>;

/** How often those are looked for, and how many go at once: answers to readers must not wait while thousands leave. */
const sweepEveryMs = 100;
const sweptAtOnce = 250;

/** A reader's request comes right behind its connection. */
const newcomerMs = 50;

export interface ConnectionRoomOptions {
  /** How many connections there is room for. */
  readonly capacity: number;
  /** Lets answers out that are held back, before anybody is sent away who waits for one. */
  readonly relieve: () => void;
  /** Ends a connection on which a request is too slow. */
  readonly refuseSlow?: (connection: Connection) => void;
  readonly now?: () => number;
}

/**
 * The open connections. When the room is full the newcomer is let in and another one goes: who was silent for longest, then
 * who was idle for longest, so that readers always get in and those who only hold a place lose it. Other machines together
 * have three quarters of the room, each of them a quarter; the last quarter is kept for readers on this machine.
 */
export class ConnectionRoom {
  readonly #guests = new Map<Connection, Guest>();
  /** Each in the order in which the stage began. */
  readonly #stages: Readonly<Record<Stage, Set<Guest>>> = { silent: new Set(), asking: new Set(), idle: new Set() };
  readonly #remoteByPeer = new Map<string, number>();
  readonly #capacity: number;
  readonly #relieve: () => void;
  readonly #refuseSlow: (connection: Connection) => void;
  readonly #now: () => number;
  readonly #sweeper: NodeJS.Timeout;
  #remote = 0;

  constructor(options: ConnectionRoomOptions) {
    const { capacity, relieve, refuseSlow = destroy, now = () => performance.now() } = options;
    this.#capacity = capacity;
    this.#relieve = relieve;
    this.#refuseSlow = refuseSlow;
    this.#now = now;
    this.#sweeper = setInterval(() => this.sweep(), sweepEveryMs);
    this.#sweeper.unref();
  }

  get size(): number {
    const { silent, asking, idle } = this.#stages;
    return silent.size + asking.size + idle.size;
  }

  /** A connection was accepted. */
  admit(connection: Connection): void {
    const peer = peerOf(connection.remoteAddress);
    this.#makeRoom(peer);
    const guest: Guest = { connection, peer, stage: "silent", sinceMs: this.#now() };
    this.#guests.set(connection, guest);
    this.#stages.silent.add(guest);
    this.#count(peer, 1);
    connection.once("close", () => this.#forget(guest));
  }

  /** TLS stands on a connection that was let in: from now on requests name the encrypted one. */
  encrypted(secured: Connection): void {
    for (const guest of this.#stages.silent) {
      const { remoteAddress, remotePort } = guest.connection;
      if (remotePort === undefined || remotePort !== secured.remotePort) continue;
      if (remoteAddress !== secured.remoteAddress) continue;
      this.#guests.set(secured, guest);
      secured.once("close", () => this.#guests.delete(secured));
      return;
    }
  }

  /** A whole request arrived. */
  asked(connection: Connection): void {
    this.#move(connection, "asking");
  }

  /** Its answer was handed over. */
  answered(connection: Connection): void {
    this.#move(connection, "idle");
  }

  /** Sends away who stayed too long. */
  sweep(): void {
    const now = this.#now();
    let left = sweptAtOnce;
    for (const stage of ["silent", "asking", "idle"] as const) {
      for (const guest of this.#stages[stage]) {
        if (left === 0 || now - guest.sinceMs < maxStayMs[stage]) break;
        left -= 1;
        const isSlow = stage === "silent" && (guest.connection.bytesRead ?? 0) > 0;
        this.#sendAway(guest, isSlow ? this.#refuseSlow : destroy);
      }
    }
  }

  /** Ends the sweeping. */
  close(): void {
    clearInterval(this.#sweeper);
  }

  #makeRoom(peer: string | undefined): void {
    if (peer !== undefined) {
      if ((this.#remoteByPeer.get(peer) ?? 0) >= share(this.#capacity, 1 / 4)) {
        this.#dismiss((guest) => guest.peer === peer);
      } else if (this.#remote >= share(this.#capacity, 3 / 4)) {
        this.#dismiss((guest) => guest.peer !== undefined);
      }
    }
    if (this.size >= this.#capacity) {
      this.#dismiss(() => true);
    }
  }

  #dismiss(isMeant: (guest: Guest) => boolean): void {
    const { silent, asking, idle } = this.#stages;
    // Nearly all of a flood is silent, however young: it is not to drive out those who have asked before.
    const latestMs = silent.size * 2 > this.#capacity ? Number.POSITIVE_INFINITY : this.#now() - newcomerMs;
    let victim = first(silent, (guest) => guest.sinceMs < latestMs && isMeant(guest)) ?? first(idle, isMeant);
    if (victim === undefined) {
      this.#relieve();
      victim = first(idle, isMeant) ?? first(silent, isMeant) ?? first(asking, isMeant);
    }
    if (victim !== undefined) this.#sendAway(victim);
  }

  #move(connection: Connection, stage: Stage): void {
    const guest = this.#guests.get(connection);
    if (guest === undefined || !this.#stages[guest.stage].delete(guest)) return;
    guest.stage = stage;
    guest.sinceMs = this.#now();
    this.#stages[stage].add(guest);
  }

  #sendAway(guest: Guest, end = destroy): void {
    this.#forget(guest);
    end(guest.connection);
  }

  #forget(guest: Guest): void {
    this.#guests.delete(guest.connection);
    if (this.#stages[guest.stage].delete(guest)) this.#count(guest.peer, -1);
  }

  #count(peer: string | undefined, change: 1 | -1): void {
    if (peer === undefined) return;
    this.#remote += change;
    const held = (this.#remoteByPeer.get(peer) ?? 0) + change;
    if (held === 0) this.#remoteByPeer.delete(peer);
    else this.#remoteByPeer.set(peer, held);
  }
}

function destroy(connection: Connection): void {
  connection.destroy();
}

function share(capacity: number, part: number): number {
  return Math.max(1, Math.floor(capacity * part));
}

function first(guests: Iterable<Guest>, isMeant: (guest: Guest) => boolean): Guest | undefined {
  for (const guest of guests) if (isMeant(guest)) return guest;
  return undefined;
}

/** One machine may have as many IPv6 addresses as it likes, but they have their first half in common. */
function peerOf(address: string | undefined): string | undefined {
  if (address === undefined || isLoopback(address)) return undefined;
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = (address.split("%", 1)[0] as string).split("::");
  const groups = head.split(":");
  return [...groups, ...(tail === undefined ? [] : ["0", "0", "0", "0"])].slice(0, 4).join(":");
}
