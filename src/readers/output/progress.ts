import { oneLine } from "../../printable.js";
import { formatBytes, formatCount, formatSeconds } from "./quantities.js";

export const progressModes = ["auto", "bar", "log", "none"] as const;
export type ProgressMode = (typeof progressModes)[number];

/** Progress of a run. */
export interface ProgressSnapshot {
  readonly done: number;
  /** The total, if known or estimated. */
  readonly total?: number | undefined;
  readonly unit: "bytes" | "items";
  /** Further details, such as `member 3 of 12` or `segments 4 of 16 done`. */
  readonly detail?: string | undefined;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly mode: ProgressMode;
  readonly stream: ProgressStream;
  /** The name of the command, at the start of each line: `read-s3`. */
  readonly label: string;
  /** Called whenever progress is printed, never while data is processed. */
  readonly snapshot: () => ProgressSnapshot;
  readonly now?: () => number;
}

export interface Progress {
  /** Removes the bar; printed log lines stay. */
  stop(): void;
}

const barIntervalMs = 125;
const logIntervalMs = 10_000;
const barWidth = 24;

/**
 * Shows progress until stopped: a bar that redraws itself on a terminal, otherwise a line every ten seconds. `auto`
 * chooses by the stream.
 */
export function startProgress(options: ProgressOptions): Progress {
  const { stream, label, snapshot, now = Date.now } = options;
  const mode = options.mode === "auto" ? (stream.isTTY === true ? "bar" : "log") : options.mode;
  if (mode === "none") return { stop: () => undefined };
  const startedMs = now();
  const line = () =>
    oneLine(formatProgress(label, snapshot(), (now() - startedMs) / 1000, mode === "bar" ? barWidth : 0));
  let drawn = false;
  const show = () => {
    if (mode === "log") return void stream.write(`${line()}\n`);
    drawn = true;
    stream.write(`\r\u001b[K${line().slice(0, (stream.columns ?? 80) - 1)}`);
  };
  const timer = setInterval(show, mode === "bar" ? barIntervalMs : logIntervalMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      if (drawn) stream.write("\r\u001b[K");
      drawn = false;
    },
  };
}

/** Formats a line such as `read-s3: [=====>    ] 52 % 104.3 MB of 200.6 MB, 118.0 MB/s, 1 s left, member 3 of 12`. */
export function formatProgress(label: string, progress: ProgressSnapshot, seconds: number, width: number): string {
  const { done, total, unit, detail } = progress;
  const amount = unit === "bytes" ? formatBytes : (count: number) => `${formatCount(count)} items`;
  const rate = seconds > 0 ? done / seconds : 0;
  const parts: string[] = [];
  let lead = "";
  if (total === undefined || total <= 0) parts.push(amount(done));
  else {
    // An estimated total may be exceeded; the bar then stays full.
    const share = Math.min(1, done / total);
    lead = `${width > 0 ? `${formatBar(share, width)} ` : ""}${Math.floor(share * 100)} % `;
    parts.push(`${amount(done)} of ${amount(total)}`);
  }
  parts.push(`${amount(rate)}/s`);
  if (total !== undefined && rate > 0 && done < total) parts.push(`${formatSeconds((total - done) / rate)} left`);
  if (detail !== undefined && detail !== "") parts.push(detail);
  return `${label}: ${lead}${parts.join(", ")}`;
}

function formatBar(share: number, width: number): string {
  const filled = Math.floor(share * width);
  const head = filled < width ? ">" : "";
  return `[${"=".repeat(filled)}${head}${" ".repeat(width - filled - head.length)}]`;
}
