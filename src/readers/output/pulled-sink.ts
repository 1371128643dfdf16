import type { ByteSink } from "./byte-sink.js";

/** A sink that a reader pulls from: a write is done when the reader asks for more. */
export interface PulledSink extends ByteSink {
  /** Yields the bytes of each write, valid until the next. Ends after `end`, rejects after `fail`. Can be read once. */
  pieces(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Call this after the last write. */
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
  /** Rejects the pending write and all later ones. */
  close(reason: unknown): void;
}

/** Turns code that pushes into a source to pull from. Only one write can be pending, so the writer must await each. */
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
          // `close` may have rejected this write in the meantime.
          if (waiting !== undefined) {
            waiting = undefined;
            done();
          }
        } else if (ended !== undefined) {
          // oxlint-disable-next-line typescript/only-throw-error -- rethrown unchanged
          if ("error" in ended) throw ended.error;
          return;
        } else {
          await wake.rung();
        }
      }
    },
  };
}

/** An event that can be awaited repeatedly. A ring before anyone waits is not lost. */
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
