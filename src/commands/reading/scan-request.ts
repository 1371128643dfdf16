import { UsageError } from "../../errors.js";
import { parseExpressionNames, parseExpressionValues } from "../../readers/dynamodb/attribute-value.js";
import type { RowFormat } from "../../readers/rows/encoder.js";
import type { ScanRequest } from "../../readers/scan/request.js";
import { createScanRequest } from "../../readers/scan/request.js";
import { parseShard, wholeShard } from "../../readers/shard.js";
import type { Arguments } from "../line/arguments.js";
import type { Invocation } from "../invocation.js";
import type { scanOptions } from "../options/scan.js";
import type { readingOptions } from "./options.js";
import { chooseOutputForm } from "./output-form.js";
import type { OutputForm } from "./output-form.js";
import { parseOutput } from "./output-place.js";
import type { OutputPlace } from "./output-place.js";

type ScanArguments = Arguments<typeof scanOptions & typeof readingOptions>;

export interface ScanRequestInput {
  /** Without the checkpoint: the caller resolves its path. */
  readonly request: Omit<ScanRequest, "checkpoint">;
  readonly compression: OutputForm["compression"];
  readonly output: OutputPlace | undefined;
}

/** @throws UsageError */
export function toScanRequest(args: ScanArguments, invocation: Invocation): ScanRequestInput {
  const { options, positionals } = args;
  const [table] = positionals;
  if (table === undefined || positionals.length > 1) {
    throw new UsageError("ERR_ARGUMENT", `scan reads one table, found ${positionals.length} names`, {
      hints: ["write rolesanywhere-ts scan TABLE; quote a flag's value that has spaces in it"],
    });
  }
  const shard = options.shard === undefined ? wholeShard : parseShard(options.shard, invocation.variables);
  const output = parseOutput(options.output, shard, invocation);
  const { format, compression } = chooseOutputForm(options.format, output, invocation, "ndjson");
  if (compression !== undefined && options.checkpoint !== undefined) {
    throw new UsageError("ERR_CONFLICT", `--checkpoint cannot go on in a ${compression} file`, {
      hints: ["write the file without compression, and compress it when the scan is complete"],
    });
  }
  requirePlainRows(format, options);
  const request = createScanRequest({
    ...options,
    table,
    shard,
    consistentRead: options["consistent-read"],
    names: options.names === undefined ? {} : parseExpressionNames(options.names),
    values: options.values === undefined ? {} : parseExpressionValues(options.values),
    maxRcu: options["max-rcu"],
  });
  const columns = parseColumns(options.columns) ?? projectedColumns(request.expressions.projectedAttributes);
  return {
    request: { ...request, format, columns },
    compression,
    output,
  };
}

function projectedColumns(attributes: readonly string[]): readonly string[] | undefined {
  return attributes.length === 0 ? undefined : attributes;
}

function parseColumns(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const columns = text.split(",").map((name) => name.trim());
  if (columns.every((name) => name !== "") && new Set(columns).size === columns.length) return columns;
  throw new UsageError("ERR_ARGUMENT", `--columns has an empty or repeated name: "${text}"`, {
    hints: ["write --columns id,name,total"],
  });
}

function requirePlainRows(format: RowFormat, options: ScanArguments["options"]): void {
  if (format === "ndjson" || format === "json") {
    if (options.columns === undefined) return;
    throw new UsageError("ERR_CONFLICT", `--columns has no meaning for --format ${format}`, {
      hints: ["choose attributes with --projection, or add --format csv"],
    });
  }
  if (options.typed !== true) return;
  throw new UsageError("ERR_CONFLICT", `--typed keeps DynamoDB JSON, which --format ${format} cannot hold`, {
    hints: ["leave out --typed, or write --format ndjson"],
  });
}
