import { openOutput } from "../../aws/files/open-output.js";
import type { OutputFile } from "../../aws/files/open-output.js";
import type { ByteSink } from "../output/byte-sink.js";
import type { RowFormat } from "../rows/encoder.js";
import type { SegmentPlan } from "./segments.js";

/** The final destination of the items. */
export type Destination =
  | { readonly kind: "stream"; readonly sink: ByteSink }
  | { readonly kind: "file"; readonly path: string }
  /** Whatever it is, it cannot be continued by another run. */
  | { readonly kind: "object"; readonly open: () => Promise<OutputFile> }
  | { readonly kind: "directory"; readonly path: string };

/** What the scan requires of a route. */
export interface RouteRequest {
  readonly format: RowFormat;
  readonly columns: readonly string[] | undefined;
  readonly order: "none" | "segment";
  readonly checkpoint: string | undefined;
  readonly plan: SegmentPlan;
  /** From a checkpoint: bytes to keep of each partial file. */
  readonly partLengths: Readonly<Record<string, number>>;
  /** An earlier run may have been killed in the middle of a line on standard output. */
  readonly tornLine: boolean;
  readonly signal: AbortSignal;
}

export interface RouteOptions extends RouteRequest {
  readonly destination: Destination;
  readonly terminalColumns: number | undefined;
}

/** Transports items from the pages to their destination. */
export interface Route {
  /** Receives the lines of one page of the segment `plan.first + offset`; resolves when their memory may be reused. */
  deliver(offset: number, lines: Uint8Array): Promise<void>;
  /** Current length of each partial file. A checkpoint stores this together with the states of the segments. */
  lengths(): Readonly<Record<string, number>>;
  /** Makes the bytes reported by `lengths` survive a power failure. */
  sync(): Promise<void>;
  /** Completes the destination. Call this once, after all items were delivered. */
  finish(): Promise<void>;
  /** Removes partial files. Call this after `finish`, or on failure without a checkpoint. */
  discard(): Promise<void>;
  /** Closes open files and leaves partial files for the checkpoint. */
  suspend(): Promise<void>;
}

/** Opens a file or an object; undefined for a stream. */
export async function openDestination(destination: Destination): Promise<OutputFile | undefined> {
  if (destination.kind === "object") return destination.open();
  return destination.kind === "file" ? openOutput(destination.path) : undefined;
}
