import type { ByteSink } from "./byte-sink.js";

/** A sink whose bytes are pulled: a write is done when the reader comes back for more. */
export interface PulledSink extends ByteSink {
  /** Gives each write's bytes, valid until the next; ends after `end`, rejects after `fail`. To be read once. */
  pieces(): AsyncGenerator<Uint8Array, void, undefined>;
  /** The last write was made. */
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  /** Refuses the write that waits and those that come. */
  close(reason: unknown): void;
}

/** Turns work that pushes into something to pull from. One write waits at a time; the writer must await each. */
export function createPulledSink(): PulledSink {
  const wake = createBell();
  let waiting:
    | { readonly bytes: Uint8Array; readonly done: () => void; readonly refuse: (reason: unknown) => void }
    | undefined;
  let closed: { readonly reason: unknown } | undefined;
  let ended: { readonly error?: unknown } | undefined;
  return {
    write(bytes) {
      if (bytes.length === 0 && closed === undefined) return Promise.resolve();
      return new Promise((done, refuse) => {
        if (closed !== undefined) return refuse(closed.reason);
        waiting = { bytes, done, refuse };
        wake.ring();
      });
    },
    end() {
      ended = {};
      wake.ring();
    },
    fail(error) {
      ended = { error };
      wake.ring();
    },
    close(reason) {
      closed = { reason };
      waiting?.refuse(reason);
      waiting = undefined;
    },
    async *pieces() {
      for (;;) {
        if (waiting !== undefined) {
          const { bytes, done } = waiting;
          yield bytes;
          // A close in the meantime has refused this write.
          if (waiting !== undefined) {
            waiting = undefined;
            done();
          }
        } else if (ended !== undefined) {
          // oxlint-disable-next-line typescript/only-throw-error -- thrown on as it came
          if ("error" in ended) throw ended.error;
          return;
        } else {
          await wake.rung();
        }
      }
    },
  };
}

/** Something to wait for, again and again; a ring that nobody waits for is not lost. */
function createBell() {
  let ring: () => void = () => undefined;
  let rung = new Promise<void>((resolve) => {
    ring = resolve;
  });
  return {
    ring: () => ring(),
    async rung() {
      await rung;
      rung = new Promise<void>((resolve) => {
        ring = resolve;
      });
    },
  };
}
