import { isAbsolute, join } from "node:path";
import type { OutputFile } from "../../aws/files/open-output.js";
import { createStreamSink, createTerminalSink } from "../../readers/output/byte-sink.js";
import type { ByteSink } from "../../readers/output/byte-sink.js";
import { createCompressedSink } from "../../readers/output/compressed-sink.js";
import type { OutputCompression } from "../../readers/output/compressed-sink.js";
import { progressModes, startProgress } from "../../readers/output/progress.js";
import type { ProgressMode, ProgressSnapshot } from "../../readers/output/progress.js";
import { rowFormats } from "../../readers/rows/encoder.js";
import { UncertainOutputError } from "../../readers/output/uncertain-output.js";
import { formatSummary } from "../../readers/output/summary.js";
import type { Summary } from "../../readers/output/summary.js";
import type { OptionTable } from "../line/arguments.js";
import type { CommandOutput } from "../command.js";
import type { Invocation } from "../invocation.js";
import { listenForSignals } from "../line/interruption.js";
import { explainOutputError } from "../line/output.js";

/** Flags that read-s3 and scan share. Their option tables include them. */
export const readingOptions = {
  format: {
    kind: "string",
    describe: "form of the output",
    choices: rowFormats,
    placeholder: "FORMAT",
    group: "Output",
  },
  output: {
    kind: "string",
    describe: "write this file or s3://BUCKET/KEY, which appears whole or not at all; - is standard output",
    placeholder: "FILE",
    group: "Output",
  },
  progress: {
    kind: "string",
    describe: "progress on standard error: a bar, a line every 10 s, or nothing; auto looks for a terminal",
    placeholder: "MODE",
    choices: progressModes,
    default: "auto",
    group: "Output",
  },
  limit: { kind: "integer", describe: "stop after this many rows", placeholder: "N", group: "Output" },
} as const satisfies OptionTable;

export interface ReadingSettings {
  /** The command's name, which starts every line on standard error. */
  readonly label: string;
  /** Opens the output file or object; undefined for standard output, and if the work opens its output itself. */
  readonly openOutput: ((signal: AbortSignal) => Promise<OutputFile>) | undefined;
  readonly compression: OutputCompression | undefined;
  readonly progress: ProgressMode;
}

export interface ReadingContext {
  /** Standard output or the output file. */
  readonly sink: ByteSink;
  /** Aborts on SIGINT or SIGTERM. The work should then stop soon and throw or return. */
  readonly signal: AbortSignal;
}

/** Returns the current counts, for the progress line and the summary. */
export interface ReadingReport {
  snapshot(): ProgressSnapshot;
  summary(): Omit<Summary, "seconds">;
}

/**
 * Runs a reader. Commits the output if the work succeeds, and removes it on failure or interruption. Writes progress
 * and a summary to standard error. Ends silently if the reader of standard output closes the pipe.
 */
export async function runReading(
  settings: ReadingSettings,
  invocation: Invocation,
  report: ReadingReport,
  work: (context: ReadingContext) => Promise<void>,
): Promise<CommandOutput> {
  const { label } = settings;
  const startedMs = Date.now();
  const interruption = listenForSignals(invocation);
  const file = await settings.openOutput?.(interruption.signal);
  const progress = startProgress({
    mode: settings.progress,
    stream: invocation.stderr.terminal,
    label,
    snapshot: () => report.snapshot(),
  });
  const summarize = (note?: string) => {
    progress.stop();
    if (settings.progress === "none") return;
    const { notes = [], ...counts } = report.summary();
    const seconds = (Date.now() - startedMs) / 1000;
    const allNotes = note === undefined ? notes : [...notes, note];
    invocation.stderr.write(formatSummary(label, { ...counts, seconds, notes: allNotes }));
  };
  try {
    const stdout = createStreamSink(invocation.stdout, explainOutputError);
    const plain = file ?? (invocation.stdout.isTTY === true ? createTerminalSink(stdout) : stdout);
    const compressed =
      settings.compression === undefined ? undefined : createCompressedSink(plain, settings.compression);
    await work({ sink: compressed ?? plain, signal: interruption.signal });
    interruption.signal.throwIfAborted();
    await compressed?.finish();
    await file?.commit();
    summarize();
    return { exitStatus: 0 };
  } catch (error) {
    await file?.abort();
    const status = interruption.exitStatus();
    if (status === undefined || error instanceof UncertainOutputError) throw error;
    summarize(file === undefined ? "interrupted" : `interrupted, ${file.path} was not written`);
    return { exitStatus: status };
  } finally {
    progress.stop();
    interruption.stop();
  }
}

/** The value of `--output`; undefined for standard output, also if given as `-`. */
export function outputFile(output: string | undefined): string | undefined {
  return output === "-" ? undefined : output;
}

export function resolvePath(path: string, { workingDirectory }: Invocation): string {
  return isAbsolute(path) ? path : join(workingDirectory, path);
}
