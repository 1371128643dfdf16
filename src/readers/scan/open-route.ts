import { openItemDocument } from "../items/document.js";
import type { DocumentForm } from "../items/document.js";
import type { ByteSink } from "../output/byte-sink.js";
import { openDirectoryRoute, openHeldRoute } from "./held-route.js";
import { openDestination } from "./route.js";
import type { Route, RouteOptions } from "./route.js";

/** Writes items directly to their destination if possible. Otherwise they wait in partial files until all are there. */
export async function openRoute(options: RouteOptions): Promise<Route> {
  const { destination, format, columns, order, checkpoint } = options;
  if (destination.kind === "directory") return openDirectoryRoute(options, destination.path);
  // Resuming after a kill needs a file that can be truncated to the length in the checkpoint, also before an upload.
  const resumable = checkpoint !== undefined && !(destination.kind === "stream" && format === "ndjson");
  if (order === "segment" || resumable) return openHeldRoute(options);
  if (format === "ndjson" || format === "json") return openDirectRoute(options, format);
  if (format !== "csv" || columns === undefined) return openHeldRoute(options);
  return openDirectRoute(options, { rows: "csv", columns: columns.map((name) => ({ name, type: "text" })) });
}

async function openDirectRoute({ destination, tornLine }: RouteOptions, form: DocumentForm): Promise<Route> {
  const file = await openDestination(destination);
  const sink = destination.kind === "stream" ? destination.sink : (file as ByteSink);
  const document = await openItemDocument(form, sink);
  let tail = Promise.resolve();
  // A kill may have left an incomplete line. The next item must not continue it; an empty line is not an item.
  if (tornLine && destination.kind === "stream" && form === "ndjson") await sink.write(Buffer.from("\n"));
  return {
    deliver(_offset, lines) {
      const written = tail.then(() => document.write(lines));
      tail = written.catch(() => undefined);
      return written;
    },
    lengths: () => ({}),
    sync: () => Promise.resolve(),
    async finish() {
      await document.finish();
      await file?.commit();
    },
    discard: async () => file?.abort(),
    suspend: async () => file?.abort(),
  };
}
