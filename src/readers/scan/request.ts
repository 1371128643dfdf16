import { UsageError } from "../../errors.js";
import { message, perSurface, setting } from "../../message.js";
import type { AttributeValue } from "../dynamodb/attribute-value.js";
import { joinFilters, toFilter } from "../dynamodb/condition.js";
import { aliasExpressions } from "../dynamodb/expression.js";
import type { AliasedExpressions } from "../dynamodb/expression.js";
import { parseKeyCondition } from "../dynamodb/key-condition.js";
import type { KeyCondition } from "../dynamodb/key-condition.js";
import { parseCondition } from "../select/condition.js";
import type { Condition } from "../select/condition.js";
import { plainStyle } from "../items/transcode.js";
import type { ItemStyle } from "../items/transcode.js";
import type { RowFormat } from "../rows/encoder.js";
import { maxTotalSegments } from "./segments.js";
import type { Shard } from "../shard.js";

/** The defaults, also shown in the help. */
export const scanDefaults = { order: "none", timeoutSeconds: 30 } as const;

/** What to scan, and how to write it. */
export interface ScanRequest {
  /** Name or ARN. */
  readonly table: string;
  readonly index: string | undefined;
  /** Reads these keys by Query; undefined to scan. */
  readonly key: KeyCondition | undefined;
  /** Descending order of the sort key. */
  readonly reverse: boolean;
  /** Attributes that `where` compares with one value. */
  readonly fixedAttributes: readonly string[];
  readonly consistentRead: boolean;
  readonly expressions: AliasedExpressions;
  readonly expressionAttributeValues: Readonly<Record<string, unknown>>;
  readonly limit: number | undefined;
  readonly style: ItemStyle;
  /** Segments of this run; undefined to choose by the table's size. */
  readonly segments: number | undefined;
  readonly shard: Shard;
  /** Read capacity units per second. */
  readonly maxRcu: number | undefined;
  readonly order: "none" | "segment";
  readonly format: RowFormat;
  readonly columns: readonly string[] | undefined;
  readonly checkpoint: string | undefined;
}

/** Scan options as given by the caller, each as the flag of the same name. */
export interface ScanOptions {
  readonly table: string;
  readonly index?: string | undefined;
  readonly key?: string | undefined;
  readonly reverse?: boolean | undefined;
  readonly consistentRead?: boolean | undefined;
  readonly filter?: string | undefined;
  readonly where?: readonly string[] | undefined;
  readonly projection?: string | undefined;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
  readonly limit?: number | undefined;
  readonly typed?: boolean | undefined;
  readonly numbers?: ItemStyle["numbers"] | undefined;
  readonly sets?: ItemStyle["sets"] | undefined;
  readonly segments?: number | string | undefined;
  readonly shard: Shard;
  readonly maxRcu?: number | undefined;
  readonly order?: ScanRequest["order"] | undefined;
}

/** Builds a scan request without its output settings. @throws UsageError `ERR_ARGUMENT` */
export function createScanRequest(options: ScanOptions): Omit<ScanRequest, "format" | "columns" | "checkpoint"> {
  const { table, index, projection, names, shard, where = [] } = options;
  requireValues(options.filter, options.values);
  requireQuery(options);
  const parsed = where.map(parseCondition);
  const conditions = toFilter(parsed, options.values);
  const filter = joinFilters([options.filter ?? "", conditions.text].filter((each) => each !== ""));
  return {
    table,
    index,
    key: options.key === undefined ? undefined : parseKeyCondition(options.key),
    reverse: options.reverse === true,
    fixedAttributes: parsed.flatMap(fixedIn),
    consistentRead: options.consistentRead === true,
    expressions: aliasExpressions({ filter, projection, names }),
    expressionAttributeValues: { ...options.values, ...conditions.values },
    limit: atLeastOne("limit", options.limit),
    style: {
      typed: options.typed === true,
      numbers: options.numbers ?? plainStyle.numbers,
      sets: options.sets ?? plainStyle.sets,
    },
    segments: options.key === undefined ? parseSegments(options.segments, shard) : 1,
    shard,
    maxRcu: atLeastOne("max-rcu", options.maxRcu),
    order: options.order ?? scanDefaults.order,
  };
}

/** The attributes that a condition compares with one value, all of which must be equal. */
function fixedIn(condition: Condition): readonly string[] {
  if (condition.kind === "and") return condition.conditions.flatMap(fixedIn);
  return condition.kind === "compare" && condition.operator === "=" ? [condition.column.name] : [];
}

/** A query reads the items of one partition key in order, so that nothing can be divided. */
function requireQuery({ key, reverse, segments, shard, order }: ScanOptions): void {
  if (key === undefined) {
    if (reverse !== true) return;
    throw new UsageError("ERR_CONFLICT", message`${setting("reverse")} has an effect only with ${setting("key")}`, {
      hints: [message`add ${setting("key")}: a scan has no order`],
    });
  }
  const [divided] = [
    ...(segments === undefined || segments === "auto" ? [] : ["segments"]),
    ...(shard.count > 1 ? ["shard"] : []),
    ...(order === undefined ? [] : ["order"]),
  ];
  if (divided === undefined) return;
  throw new UsageError(
    "ERR_CONFLICT",
    message`${setting(divided)} divides a scan, and ${setting("key")} reads one partition in the order of its sort key`,
    { hints: [message`leave out ${setting(divided)}, or filter with ${setting("where")} to scan`] },
  );
}

/** Returns the region in a table's ARN. */
export function regionOfTable(table: string): string | undefined {
  return /^arn:[^:]*:dynamodb:([^:]+):/.exec(table)?.[1];
}

function parseSegments(wish: number | string | undefined, shard: Shard): number | undefined {
  if (wish === undefined || wish === "auto") return undefined;
  const most = Math.floor(maxTotalSegments / shard.count);
  if (/^\d{1,7}$/.test(String(wish)) && Number(wish) >= 1 && Number(wish) <= most) return Number(wish);
  throw new UsageError(
    "ERR_ARGUMENT",
    message`${setting("segments")} is "${wish}", expected auto or a number from 1 to ${most}`,
    {
      hints: ["leave it out: auto depends on the table's size"],
    },
  );
}

function atLeastOne(name: string, value: number | undefined): number | undefined {
  if (value === undefined || value >= 1) return value;
  throw new UsageError("ERR_ARGUMENT", message`${setting(name)} is ${value}, expected 1 or more`, {
    hints: [message`leave ${setting(name)} out for no limit`],
  });
}

/** Without this check, the service would reject a missing value once per segment. */
function requireValues(filter: string | undefined, values: Readonly<Record<string, unknown>>): void {
  const unquoted = (filter ?? "").replaceAll(/"(?:[^"\\]|\\.)*"|`[^`]*`/gsu, "");
  const used = new Set(unquoted.match(/:[A-Za-z0-9_]+/g) ?? []);
  const missing = [...used].find((name) => !Object.hasOwn(values, name));
  if (missing !== undefined) {
    throw new UsageError(
      "ERR_ARGUMENT",
      message`${setting("filter")} uses ${missing}, which ${setting("values")} does not give`,
      {
        hints: [
          perSurface({
            commandLine: `add --values '{"${missing}": …}'`,
            library: `add values: { "${missing}": … }`,
          }),
        ],
      },
    );
  }
  const unused = Object.keys(values).find((name) => !used.has(name));
  if (unused !== undefined) {
    throw new UsageError(
      "ERR_ARGUMENT",
      message`${setting("values")} gives ${unused}, which ${setting("filter")} does not use`,
      {
        hints: [message`take ${unused} out of ${setting("values")}, or use it in ${setting("filter")}`],
      },
    );
  }
}
