import { UsageError } from "../errors.js";
import { parseExpressionNames, parseExpressionValues } from "../readers/dynamodb/attribute-value.js";
import { aliasExpressions } from "../readers/dynamodb/expression.js";
import type { RowFormat } from "../readers/rows/row-encoder.js";
import type { ScanRequest } from "../readers/scan/run-scan.js";
import { maximumTotalSegments } from "../readers/scan/segments.js";
import { parseShard, wholeTable } from "../readers/scan/shard.js";
import type { Shard } from "../readers/scan/shard.js";
import type { Arguments } from "./arguments.js";
import type { Invocation } from "./invocation.js";
import type { scanOptions } from "./options/scan.js";
import type { readingOptions } from "./reading.js";

type ScanArguments = Arguments<typeof scanOptions & typeof readingOptions>;

export interface ScanRequestInput {
  /** Without the checkpoint, whose path is for the caller to place. */
  readonly request: Omit<ScanRequest, "checkpoint">;
  /** The shard's index as file names hold it: as many digits as the last one has. */
  readonly shardName: string;
}

/** @throws UsageError */
export function toScanRequest(args: ScanArguments, { variables }: Invocation): ScanRequestInput {
  const { options, positionals } = args;
  const [table] = positionals;
  if (table === undefined || positionals.length > 1) {
    throw new UsageError("ERR_ARGUMENT", `scan reads one table, found ${positionals.length} names`, {
      hints: ["write rolesanywhere-ts scan TABLE; quote a flag's value that has spaces in it"],
    });
  }
  const shard = options.shard === undefined ? wholeTable : parseShard(options.shard, variables);
  const expressions = aliasExpressions({
    filter: options.filter,
    projection: options.projection,
    names: options.names === undefined ? {} : parseExpressionNames(options.names),
  });
  const expressionAttributeValues = options.values === undefined ? {} : parseExpressionValues(options.values);
  requireValues(options.filter, expressionAttributeValues);
  const format = (options.format ?? "ndjson") as RowFormat;
  requirePlainRows(format, options);
  const request = {
    table,
    index: options.index,
    consistentRead: options["consistent-read"] === true,
    expressions,
    expressionAttributeValues,
    limit: atLeastOne("--limit", options.limit),
    style: {
      typed: options.typed === true,
      numbers: (options.numbers ?? "auto") as "auto",
      sets: (options.sets ?? "array") as "array",
    },
    segments: parseSegments(options.segments, shard),
    shard,
    maximumRcu: atLeastOne("--max-rcu", options["max-rcu"]),
    order: (options.order ?? "none") as "none",
    format,
    columns: parseColumns(options.columns) ?? projectedColumns(expressions.projectedAttributes),
  };
  return { request, shardName: String(shard.index).padStart(String(shard.count - 1).length, "0") };
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

function parseSegments(text: string | undefined, shard: Shard): number | undefined {
  if (text === undefined || text === "auto") return undefined;
  const most = Math.floor(maximumTotalSegments / shard.count);
  if (/^\d{1,7}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new UsageError("ERR_ARGUMENT", `--segments is "${text}", expected auto or a number from 1 to ${most}`, {
    hints: ["leave it out: auto goes by the table's size"],
  });
}

function atLeastOne(flag: string, value: number | undefined): number | undefined {
  if (value === undefined || value >= 1) return value;
  throw new UsageError("ERR_ARGUMENT", `${flag} is ${value}, expected 1 or more`, {
    hints: [`leave ${flag} out for no limit`],
  });
}

/** A missing value would be refused by the service once per segment. */
function requireValues(filter: string | undefined, values: Readonly<Record<string, unknown>>): void {
  const unquoted = (filter ?? "").replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/gsu, "");
  const used = new Set(unquoted.match(/:[A-Za-z0-9_]+/g) ?? []);
  const missing = [...used].find((name) => !Object.hasOwn(values, name));
  if (missing !== undefined) {
    throw new UsageError("ERR_ARGUMENT", `--filter uses ${missing}, which --values does not give`, {
      hints: [`add --values '{"${missing}": …}'`],
    });
  }
  const unused = Object.keys(values).find((name) => !used.has(name));
  if (unused !== undefined) {
    throw new UsageError("ERR_ARGUMENT", `--values gives ${unused}, which --filter does not use`, {
      hints: [`take ${unused} out of --values, or use it in --filter`],
    });
  }
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
