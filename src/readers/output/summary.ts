import { oneLine } from "../../printable.js";
import { formatBytes, formatCount, formatSeconds } from "./quantities.js";

/** The totals of a run. Only defined members are printed. */
export interface Summary {
  readonly seconds: number;
  readonly rows?: number | undefined;
  readonly items?: number | undefined;
  /** Uncompressed bytes read. */
  readonly bytes?: number | undefined;
  /** Bytes received over the network. */
  readonly bytesReceived?: number | undefined;
  readonly requests?: number | undefined;
  readonly retries?: number | undefined;
  /** DynamoDB read capacity units, as counted by the service. */
  readonly consumedCapacity?: number | undefined;
  /** Anything else, each as a phrase: `3 ragged rows skipped`. */
  readonly notes?: readonly string[] | undefined;
}

/** Formats one line: `read-s3: 1,465,000 rows, 200.6 MB (65.7 MB received) in 1.7 s, 9 requests, 0 retries`. */
export function formatSummary(label: string, summary: Summary): string {
  const { rows, items, bytes, bytesReceived, requests, retries, consumedCapacity, notes = [] } = summary;
  const amounts: string[] = [];
  if (rows !== undefined) amounts.push(plural(rows, "row"));
  if (items !== undefined) amounts.push(plural(items, "item"));
  if (bytes !== undefined) {
    amounts.push(formatBytes(bytes) + (bytesReceived === undefined ? "" : ` (${formatBytes(bytesReceived)} received)`));
  }
  const parts = [`${amounts.join(", ")} in ${formatSeconds(summary.seconds)}`.trimStart()];
  if (requests !== undefined) parts.push(plural(requests, "request"));
  if (retries !== undefined) parts.push(retries === 1 ? "1 retry" : `${formatCount(retries)} retries`);
  if (consumedCapacity !== undefined) parts.push(`${formatCount(consumedCapacity)} RCU`);
  return `${label}: ${oneLine([...parts, ...notes].join(", "))}\n`;
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
