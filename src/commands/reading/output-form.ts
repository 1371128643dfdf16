import { UsageError } from "../../errors.js";
import { zstdIsAvailable } from "../../readers/output/compressed-sink.js";
import type { OutputCompression } from "../../readers/output/compressed-sink.js";
import type { RowFormat } from "../../readers/rows/encoder.js";
import type { Invocation } from "../invocation.js";
import type { OutputPlace } from "./output-place.js";

/** Format of the rows and compression of the file. */
export interface OutputForm {
  readonly format: RowFormat;
  readonly compression: OutputCompression | undefined;
}

const formatsByExtension: Readonly<Record<string, RowFormat>> = {
  csv: "csv",
  ndjson: "ndjson",
  jsonl: "ndjson",
  json: "json",
  parquet: "parquet",
  pq: "parquet",
  arrow: "arrow",
  feather: "arrow",
  ipc: "arrow",
};
const compressions: Readonly<Record<string, OutputCompression>> = {
  gz: "gzip",
  gzip: "gzip",
  zst: "zstd",
  zstd: "zstd",
};
/** Names that promise other content than the rows. */
const otherFormats = new Set([
  "tsv",
  "xlsx",
  "xls",
  "orc",
  "avro",
  "bz2",
  "xz",
  "lz4",
  "sz",
  "zip",
  "7z",
  "tar",
  "tgz",
  "db",
  "sqlite",
]);

/**
 * Returns the requested format, else the one implied by the output file's name, else the command's default.
 *
 * @param output The place of `--output`; undefined for standard output.
 * @throws UsageError `ERR_CONFLICT` for a name that implies another format, and for binary data on a terminal.
 */
export function chooseOutputForm(
  format: RowFormat | undefined,
  output: OutputPlace | undefined,
  { stdout }: Invocation,
  byDefault: RowFormat,
): OutputForm {
  const [last = "", before = ""] = (nameOf(output) ?? "")
    .replace(/^.*[/\\]/s, "")
    .toLowerCase()
    .split(".")
    .slice(1)
    .reverse();
  const compression = compressions[last];
  const extension = compression === undefined ? last : before;
  if (otherFormats.has(extension)) {
    throw new UsageError("ERR_CONFLICT", `--output names a file of .${extension}, which is not written`, {
      hints: ["name it .csv, .ndjson, .json, .parquet or .arrow, the first three also with .gz or .zst behind"],
    });
  }
  const chosen = format ?? formatsByExtension[extension] ?? byDefault;
  const isBinary = chosen === "parquet" || chosen === "arrow";
  if (isBinary && output === undefined && stdout.isTTY === true) {
    throw new UsageError("ERR_CONFLICT", `--format ${chosen} is binary, and standard output is a terminal`, {
      hints: [`write it to a file: --output rows.${chosen}`],
    });
  }
  if (isBinary && compression !== undefined) {
    throw new UsageError("ERR_CONFLICT", `${chosen} is compressed inside, and its readers open no .${last} file`, {
      hints: [`name it .${chosen}`],
    });
  }
  if (compression === "zstd" && !zstdIsAvailable()) {
    throw new UsageError("ERR_NOT_AVAILABLE", "this runtime cannot write zstd", {
      hints: ["name the file .gz, or run on Node.js 22.15 or later"],
    });
  }
  return { format: chosen, compression };
}

function nameOf(output: OutputPlace | undefined): string | undefined {
  return output?.kind === "object" ? output.key : output?.path;
}
