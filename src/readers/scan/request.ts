import { UsageError } from "../../errors.js";
import { message, perSurface, setting } from "../../message.js";
import type { AttributeValue } from "../dynamodb/attribute-value.js";
import { joinFilters, toFilter } from "../dynamodb/condition.js";
import { aliasExpressions } from "../dynamodb/expression.js";
import { parseCondition } from "../select/condition.js";
import { plainStyle } from "../items/transcode.js";
import type { ItemStyle } from "../items/transcode.js";
import type { ScanRequest } from "./run.js";
import { maxTotalSegments } from "./segments.js";
import type { Shard } from "../shard.js";

/** The defaults, also shown in the help. */
export const scanDefaults = { order: "none", timeoutSeconds: 30 } as const;

/** Scan options as given by the caller, each as the flag of the same name. */
export interface ScanOptions {
  readonly table: string;
  readonly index?: string | undefined;
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
  const conditions = toFilter(where.map(parseCondition), options.values);
  const filter = joinFilters([options.filter ?? "", conditions.text].filter((each) => each !== ""));
  return {
    table,
    index,
    consistentRead: options.consistentRead === true,
    expressions: aliasExpressions({ filter, projection, names }),
    expressionAttributeValues: { ...options.values, ...conditions.values },
    limit: atLeastOne("limit", options.limit),
    style: {
      typed: options.typed === true,
      numbers: options.numbers ?? plainStyle.numbers,
      sets: options.sets ?? plainStyle.sets,
    },
    segments: parseSegments(options.segments, shard),
    shard,
    maxRcu: atLeastOne("max-rcu", options.maxRcu),
    order: options.order ?? scanDefaults.order,
  };
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
