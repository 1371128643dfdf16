import { ServiceError } from "../../errors.js";
import { callDynamoDb } from "./call.js";
import type { CallContext } from "./call.js";
import { PageBuffer } from "./page-buffer.js";

/** What DescribeTable reports about a table or one of its indexes. */
export interface TableDescription {
  /** The service's estimate, up to six hours old; undefined for an index that the table does not have. */
  readonly size: TableSize | undefined;
  readonly indexNames: readonly string[];
}

export interface TableSize {
  readonly items: number;
  readonly bytes: number;
}

type Caller = Omit<CallContext, "place">;

/**
 * Gets the size of a table, or of the given index, and the names of its indexes.
 *
 * @returns undefined when DynamoDB rejects the request, for example without permission.
 * @throws ServiceError when the table does not exist
 */
export async function describeTable(
  caller: Caller,
  table: string,
  index: string | undefined,
): Promise<TableDescription | undefined> {
  const place = { operation: "DescribeTable", subject: `table "${table}"`, segment: undefined } as const;
  const buffer = new PageBuffer();
  try {
    await callDynamoDb(JSON.stringify({ TableName: table }), buffer, {
      ...caller,
      place: { ...place, region: caller.connection.region },
    });
  } catch (error) {
    if (error instanceof ServiceError && error.serviceCode !== "ResourceNotFoundException") return undefined;
    throw error;
  }
  return descriptionIn(parse(buffer), index);
}

function descriptionIn(answer: unknown, index: string | undefined): TableDescription {
  const table = member(answer, "Table");
  const indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"].flatMap((kind) => {
    const list = member(table, kind);
    return Array.isArray(list) ? (list as unknown[]) : [];
  });
  const described = index === undefined ? table : indexes.find((entry) => member(entry, "IndexName") === index);
  const bytes = member(described, index === undefined ? "TableSizeBytes" : "IndexSizeBytes");
  const items = member(described, "ItemCount");
  return {
    size: typeof bytes === "number" && typeof items === "number" ? { items, bytes } : undefined,
    indexNames: indexes.map((entry) => member(entry, "IndexName")).filter((name) => typeof name === "string"),
  };
}

/** Lists about 1000 names of the account's tables in the region; only those found so far if a request is rejected. */
export async function listTableNames(caller: Caller): Promise<readonly string[]> {
  const names: string[] = [];
  const buffer = new PageBuffer();
  const place = {
    operation: "ListTables",
    subject: "tables",
    segment: undefined,
    region: caller.connection.region,
  } as const;
  let start: unknown;
  try {
    do {
      const body = start === undefined ? {} : { ExclusiveStartTableName: start };
      await callDynamoDb(JSON.stringify(body), buffer, { ...caller, place });
      const answer = parse(buffer);
      const page = member(answer, "TableNames");
      if (Array.isArray(page)) names.push(...page.filter((name) => typeof name === "string"));
      start = member(answer, "LastEvaluatedTableName");
    } while (typeof start === "string" && names.length < 1000);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
  return names;
}

function parse(buffer: PageBuffer): unknown {
  try {
    return JSON.parse(buffer.contents().toString("utf8"));
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
