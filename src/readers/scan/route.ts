import { openOutput } from "../../aws/files/open-output.js";
import type { ByteSink } from "../output/byte-sink.js";
import type { RowFormat } from "../rows/encoder.js";
import { openDirectoryRoute, openHeldRoute } from "./held-route.js";
import { openItemDocument } from "../items/document.js";
import type { DocumentForm } from "../items/document.js";
import type { SegmentPlan } from "./segments.js";

/** Where the items go in the end. */
export type Destination =
  | { readonly kind: "stream"; readonly sink: ByteSink }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "directory"; readonly path: string };

/** What the scan itself asks of the way. */
export interface RouteWishes {
  readonly format: RowFormat;
  readonly columns: readonly string[] | undefined;
  readonly order: "none" | "segment";
  readonly checkpoint: string | undefined;
  readonly plan: SegmentPlan;
  /** From a checkpoint: bytes to keep of each file on the way. */
  readonly partLengths: Readonly<Record<string, number>>;
  readonly signal: AbortSignal;
}

export interface RouteOptions extends RouteWishes {
  readonly destination: Destination;
  readonly terminalColumns: number | undefined;
}

/** The way of the items from the pages to their destination. */
export interface Route {
  /** Takes the lines of one page of the segment `plan.first + offset`; resolves when their memory may be reused. */
  deliver(offset: number, lines: Uint8Array): Promise<void>;
  /** Bytes of each file on the way, as of now: with the segments' states what a checkpoint has to know. */
  lengths(): Readonly<Record<string, number>>;
  /** Makes what `lengths` said survive a loss of power. */
  sync(): Promise<void>;
  /** Completes the destination. Call once, when all items were delivered. */
  finish(): Promise<void>;
  /** Removes files on the way that are of no more use. Call after `finish`, or on failure without a checkpoint. */
  discard(): Promise<void>;
  /** Closes what is open and leaves the files on the way for the checkpoint. */
  suspend(): Promise<void>;
}

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

async function openDirectRoute({ destination }: RouteOptions, form: DocumentForm): Promise<Route> {
  const file = destination.kind === "file" ? await openOutput(destination.path) : undefined;
  const sink = destination.kind === "stream" ? destination.sink : (file as ByteSink);
  const document = await openItemDocument(form, sink);
  let tail = Promise.resolve();
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
