import type { ByteSink } from "../output/byte-sink.js";
import type { Route } from "./route.js";

/** Passes lines to a sink as they arrive, one page at a time, without buffering. */
export function openLineRoute(sink: ByteSink): Route {
  let tail = Promise.resolve();
  const nothing = () => Promise.resolve();
  return {
    deliver(_offset, lines) {
      const written = tail.then(() => sink.write(lines));
      tail = written.catch(() => undefined);
      return written;
    },
    lengths: () => ({}),
    sync: nothing,
    finish: nothing,
    discard: nothing,
    suspend: nothing,
  };
}
