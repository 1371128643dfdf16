import { ServiceError } from "../../errors.js";
import { callDynamoDb } from "./call.js";
import type { CallContext } from "./call.js";
import { PageBuffer } from "./page-buffer.js";

/** What DescribeTable reports about a table or one of its indexes. */
export interface TableDescription {
  /** The service's estimate, up to six hours old; undefined for an index that the table does not have. */
  readonly size: TableSize | undefined;
  readonly keys: readonly KeyAttribute[];
  readonly indexes: readonly IndexDescription[];
}

export interface IndexDescription {
  readonly name: string;
  readonly keys: readonly KeyAttribute[];
  /** Its items have every attribute. */
  readonly isWhole: boolean;
}

/** One attribute of the key of a table or index, in the order of its schema. */
export interface KeyAttribute {
  readonly name: string;
  readonly role: "partition" | "sort";
  readonly type: KeyType;
}

/** String, number or binary. */
export type KeyType = "S" | "N" | "B";

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
    return elements(member(table, kind));
  });
  const types = typesIn(table);
  const described = index === undefined ? table : indexes.find((entry) => member(entry, "IndexName") === index);
  const bytes = member(described, index === undefined ? "TableSizeBytes" : "IndexSizeBytes");
  const items = member(described, "ItemCount");
  return {
    size: typeof bytes === "number" && typeof items === "number" ? { items, bytes } : undefined,
    keys: keysIn(described, types),
    indexes: indexes.flatMap((entry) => {
      const name = member(entry, "IndexName");
      return typeof name === "string" ? [{ name, keys: keysIn(entry, types), isWhole: isWhole(entry) }] : [];
    }),
  };
}

function isWhole(index: unknown): boolean {
  return member(member(index, "Projection"), "ProjectionType") === "ALL";
}

/** The types of all attributes that are part of a key, by name. */
function typesIn(table: unknown): ReadonlyMap<unknown, KeyType> {
  const definitions = elements(member(table, "AttributeDefinitions"));
  return new Map(
    definitions.flatMap((each) => {
      const type = member(each, "AttributeType");
      return type === "S" || type === "N" || type === "B" ? [[member(each, "AttributeName"), type] as const] : [];
    }),
  );
}

/** @returns none if the description is incomplete. */
function keysIn(described: unknown, types: ReadonlyMap<unknown, KeyType>): readonly KeyAttribute[] {
  const schema = elements(member(described, "KeySchema"));
  const keys = schema.flatMap((each) => {
    const name = member(each, "AttributeName");
    const type = types.get(name);
    const role = member(each, "KeyType") === "HASH" ? ("partition" as const) : ("sort" as const);
    return typeof name === "string" && type !== undefined ? [{ name, role, type }] : [];
  });
  return keys.length === schema.length ? keys : [];
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

function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
