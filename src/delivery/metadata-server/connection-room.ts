import type { Duplex } from "node:stream";
import { isLoopback } from "./listen-address.js";
import { monotonicMs } from "../../aws/monotonic.js";

/** An accepted connection. Unix sockets have no address. */
export type Connection = Duplex & {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  /** Bytes received so far. */
  readonly bytesRead?: number;
};

/**
 * `silent`: no complete request yet. `asking`: a request waits for its response. `idle`: the response was sent.
 */
type Stage = "silent" | "asking" | "idle";

interface Guest {
  readonly connection: Connection;
  /** The client: undefined for this machine, else an IPv4 address or the first half of an IPv6 address. */
  readonly peer: string | undefined;
  stage: Stage;
  /** When the stage began, by the monotonic clock. */
  sinceMs: number;
}

/** Readers of credentials never stay in a stage for longer. */
const maxStayMs = { silent: 5000, asking: 15_000, idle: 15_000 } as const satisfies Record<Stage, number>;

/** How often such connections are closed, and how many at once, so that closing thousands does not delay responses. */
const sweepEveryMs = 100;
const sweptAtOnce = 250;

/** A reader sends its request right after connecting. */
const newcomerMs = 50;

export interface ConnectionRoomOptions {
  /** Maximum number of connections. */
  readonly capacity: number;
  /** Sends delayed responses, before a connection that waits for one is closed. */
  readonly relieve: () => void;
  /** Ends a connection whose request is too slow. */
  readonly refuseSlow?: (connection: Connection) => void;
  readonly now?: () => number;
}

/**
 * The open connections. When the limit is reached, a new connection is accepted and another one is closed: the one that
 * has been silent longest, else the one that has been idle longest. So readers always get in, and connections that only
 * occupy a place lose it. Other machines together get three quarters of the places, and each a quarter. The last quarter
 * is reserved for readers on this machine.
 */
export class ConnectionRoom {
  readonly #guests = new Map<Connection, Guest>();
  /** Each ordered by the start of the stage. */
  readonly #stages: Readonly<Record<Stage, Set<Guest>>> = { silent: new Set(), asking: new Set(), idle: new Set() };
  readonly #remoteByPeer = new Map<string, number>();
  readonly #capacity: number;
  readonly #relieve: () => void;
  readonly #refuseSlow: (connection: Connection) => void;
  readonly #now: () => number;
  readonly #sweeper: NodeJS.Timeout;
  #remote = 0;

  constructor(options: ConnectionRoomOptions) {
    const { capacity, relieve, refuseSlow = destroy, now = monotonicMs } = options;
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

  /** Call this when a connection was accepted. */
  admit(connection: Connection): void {
    const peer = peerOf(connection.remoteAddress);
    this.#makeRoom(peer);
    const guest: Guest = { connection, peer, stage: "silent", sinceMs: this.#now() };
    this.#guests.set(connection, guest);
    this.#stages.silent.add(guest);
    this.#count(peer, 1);
    connection.once("close", () => this.#forget(guest));
  }

  /** Call this after the TLS handshake of a connection. From then on, requests refer to the encrypted one. */
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

  /** Call this when a complete request has arrived. */
  asked(connection: Connection): void {
    this.#move(connection, "asking");
  }

  /** Call this when the response was sent. */
  answered(connection: Connection): void {
    this.#move(connection, "idle");
  }

  /** Closes connections that stayed too long. */
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

  /** Stops sweeping. */
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
    // In a flood nearly all connections are silent and young. They must not displace those that sent requests.
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

/** A machine can have any number of IPv6 addresses, but they share their first half. */
function peerOf(address: string | undefined): string | undefined {
  if (address === undefined || isLoopback(address)) return undefined;
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = (address.split("%", 1)[0] as string).split("::");
  const groups = head.split(":");
  return [...groups, ...(tail === undefined ? [] : ["0", "0", "0", "0"])].slice(0, 4).join(":");
}
