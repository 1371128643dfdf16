import type { Column } from "./batch.js";
import type { RowEncoder, RowFormat } from "./encoder.js";

export interface RowEncoderOptions {
  /** Width of the terminal for `table`; undefined for no limit. */
  readonly terminalColumns?: number | undefined;
}

/** Loads the encoder of a format and only the packages that this format needs. */
export async function createRowEncoder(
  format: RowFormat,
  columns: readonly Column[],
  options: RowEncoderOptions = {},
): Promise<RowEncoder> {
  switch (format) {
    case "csv":
      return (await import("./csv.js")).createCsvEncoder(columns);
    case "ndjson":
      return (await import("./json.js")).createNdjsonEncoder(columns);
    case "json":
      return (await import("./json.js")).createJsonEncoder(columns);
    case "table":
      return (await import("./table.js")).createTableEncoder(columns, options.terminalColumns);
    case "parquet":
      return (await import("./parquet/encoder.js")).createParquetEncoder(columns);
    case "arrow":
      return (await import("./arrow.js")).createArrowEncoder(columns);
  }
}
