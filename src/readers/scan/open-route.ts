import { openOutput } from "../../aws/files/open-output.js";
import { openItemDocument } from "../items/document.js";
import type { DocumentForm } from "../items/document.js";
import type { ByteSink } from "../output/byte-sink.js";
import { openDirectoryRoute, openHeldRoute } from "./held-route.js";
import type { Route, RouteOptions } from "./route.js";

/** Items go straight to their destination where they can, else they wait in files until all of them are there. */
export async function openRoute(options: RouteOptions): Promise<Route> {
  const { destination, format, columns, order, checkpoint } = options;
  if (destination.kind === "directory") return openDirectoryRoute(options, destination.path);
  // Going on after a kill needs a file that can be cut back to what the checkpoint knows of.
  const resumable = checkpoint !== undefined && !(destination.kind === "stream" && format === "ndjson");
  if (order === "segment" || resumable) return openHeldRoute(options);
  if (format === "ndjson" || format === "json") return openDirectRoute(options, format);
  if (format !== "csv" || columns === undefined) return openHeldRoute(options);
  return openDirectRoute(options, { rows: "csv", columns: columns.map((name) => ({ name, type: "text" })) });
}

async function openDirectRoute({ destination, tornLine }: RouteOptions, form: DocumentForm): Promise<Route> {
  const file = destination.kind === "file" ? await openOutput(destination.path) : undefined;
  const sink = destination.kind === "stream" ? destination.sink : (file as ByteSink);
  const document = await openItemDocument(form, sink);
  let tail = Promise.resolve();
  // What a kill left of a line must not become the beginning of the next item; an empty line is no item.
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
