import { ItemKernel } from "../items/kernel.js";
import { transcodeItem } from "../items/transcode.js";
import type { ItemStyle } from "../items/transcode.js";
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  copyJson,
  expect,
  fault,
  openBrace,
  openBracket,
  peek,
  put,
} from "../items/json-cursor.js";
import type { Cursor } from "../items/json-cursor.js";

export interface ScanPage {
  /** Items written, each followed by a line feed. */
  readonly items: number;
  /** Items that the service read before it applied the filter. */
  readonly scannedCount: number;
  /** The key to continue from, as sent by the service; undefined after the last page. */
  readonly lastEvaluatedKey: string | undefined;
  /** Read capacity units; 0 if the service did not report them. */
  readonly consumedCapacity: number;
  /** Number of bytes written. */
  readonly length: number;
}

const lineFeed = 0x0a;

/**
 * Parses the body of a Scan response and overwrites it, from the first byte on, with its items as lines. This is safe
 * because a line is never longer than its source, and bytes that were read are not needed again.
 *
 * @param maxItems Further items are skipped.
 * @throws JsonFault
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
 */
export function transcodeScanPage(body: Uint8Array, style: ItemStyle, maxItems = Number.POSITIVE_INFINITY): ScanPage {
  const cursor: Cursor = { source: body, end: body.length, at: 0, target: body, length: 0 };
  let items = 0;
  const others: Record<string, string> = {};
  expect(cursor, openBrace);
  if (peek(cursor) !== closeBrace) {
    for (;;) {
      const name = JSON.parse(takeJson(cursor)) as unknown;
      expect(cursor, colon);
      if (name === "Items") items = transcodeItems(cursor, style, maxItems);
      else others[String(name)] = takeJson(cursor);
      if (peek(cursor) !== comma) break;
      cursor.at++;
    }
  }
  expect(cursor, closeBrace);
  if (peek(cursor) !== -1) throw fault(cursor, "the end of the answer");
  return {
    items,
    scannedCount: countIn(others["ScannedCount"]) ?? items,
    lastEvaluatedKey: keyIn(others["LastEvaluatedKey"]),
    consumedCapacity: capacityIn(others["ConsumedCapacity"]),
    length: cursor.length,
  };
}

function transcodeItems(cursor: Cursor, style: ItemStyle, maxItems: number): number {
  expect(cursor, openBracket);
  let items = 0;
  if (peek(cursor) !== closeBracket) {
    const kernel = ItemKernel.open(cursor, style);
    try {
      items = transcodeElements(cursor, style, maxItems, kernel);
    } finally {
      kernel?.close();
    }
  }
  expect(cursor, closeBracket);
  return items;
}

/** The kernel stops before an item that is unusual. */
function transcodeElements(cursor: Cursor, style: ItemStyle, maxItems: number, kernel: ItemKernel | undefined): number {
  let items = 0;
  for (;;) {
    if (kernel !== undefined) {
      const converted = kernel.convert(cursor, maxItems - items);
      items += converted.items;
      if (converted.done) return items;
    }
    const { length } = cursor;
    transcodeItem(cursor, style);
    if (items < maxItems) {
      put(cursor, lineFeed);
      items++;
    } else {
      cursor.length = length;
    }
    if (peek(cursor) !== comma) return items;
    cursor.at++;
  }
}

/** Reads one value as compact JSON text without writing to the target. */
function takeJson(cursor: Cursor): string {
  const { length, target } = cursor;
  copyJson(cursor);
  const text = Buffer.from(target.buffer, target.byteOffset + length, cursor.length - length).toString("utf8");
  cursor.length = length;
  return text;
}

function countIn(json: string | undefined): number | undefined {
  const value: unknown = json === undefined ? undefined : JSON.parse(json);
  return typeof value === "number" ? value : undefined;
}

function keyIn(json: string | undefined): string | undefined {
  return json === undefined || json === "null" || json === "{}" ? undefined : json;
}

function capacityIn(json: string | undefined): number {
  const value: unknown = json === undefined ? undefined : JSON.parse(json);
  if (typeof value !== "object" || value === null) return 0;
  const { CapacityUnits } = value as { CapacityUnits?: unknown };
  return typeof CapacityUnits === "number" ? CapacityUnits : 0;
}
