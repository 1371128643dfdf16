import type { ByteSink } from "../output/byte-sink.js";
import type { RowFormat } from "../rows/encoder.js";
import type { SegmentPlan } from "./segments.js";

/** Where the items go in the end. */
export type Destination =
  | { readonly kind: "stream"; readonly sink: ByteSink }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "directory"; readonly path: string };

/** What the scan itself asks of the way. */
export interface RouteRequest {
  readonly format: RowFormat;
  readonly columns: readonly string[] | undefined;
  readonly order: "none" | "segment";
  readonly checkpoint: string | undefined;
  readonly plan: SegmentPlan;
  /** From a checkpoint: bytes to keep of each file on the way. */
  readonly partLengths: Readonly<Record<string, number>>;
  /** An earlier run may have been killed in the middle of a line of standard output. */
  readonly tornLine: boolean;
  readonly signal: AbortSignal;
}

export interface RouteOptions extends RouteRequest {
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
