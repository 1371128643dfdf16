import { formatKeyCondition } from "../dynamodb/key-condition.js";
import type { TableDescription } from "../dynamodb/table.js";
import type { ScanRequest } from "./request.js";

/** Builds the start of the request that all segments share, without the closing brace. */
export function formatRequestHead(request: ScanRequest, description: TableDescription | undefined): string {
  const { table, index, key, reverse, consistentRead, expressions, expressionAttributeValues } = request;
  const { filterExpression, projectionExpression, expressionAttributeNames } = expressions;
  const taken = { names: expressionAttributeNames, values: expressionAttributeValues };
  const target = { subject: subjectOf(request), keys: description?.keys ?? [], indexes: description?.indexes ?? [] };
  const keyExpression = key === undefined ? undefined : formatKeyCondition(key, target, taken);
  const present = (members: Readonly<Record<string, unknown>>) =>
    Object.keys(members).length === 0 ? undefined : members;
  const head = {
    TableName: table,
    IndexName: index,
    KeyConditionExpression: keyExpression?.text,
    ScanIndexForward: reverse ? false : undefined,
    ConsistentRead: consistentRead ? true : undefined,
    FilterExpression: filterExpression,
    ProjectionExpression: projectionExpression,
    ExpressionAttributeNames: present({ ...expressionAttributeNames, ...keyExpression?.names }),
    ExpressionAttributeValues: present({ ...expressionAttributeValues, ...keyExpression?.values }),
    ReturnConsumedCapacity: "TOTAL",
  };
  return JSON.stringify(head).slice(0, -1);
}

/** `table "orders"`, `index "by-day" of table "orders"` */
export function subjectOf({ table, index }: ScanRequest): string {
  return index === undefined ? `table "${table}"` : `index "${index}" of table "${table}"`;
}
