import { closeBrace, colon, comma, copyJson, expect, openBrace, peek } from "./json-cursor.js";
import type { Cursor } from "./json-cursor.js";

/** Receives each top-level attribute: its name, and the range of its value's JSON text. */
export type MemberVisitor = (name: string, start: number, end: number) => void;

/**
 * Visits items, one JSON object per line, complete lines only.
 *
 * @param endOfItem Called after each item.
 */
export function visitMembers(lines: Uint8Array, visit: MemberVisitor, endOfItem?: () => void): void {
  const cursor: Cursor = { source: lines, end: lines.length, at: 0, target: new Uint8Array(lines.length), length: 0 };
  const names = new Map<string, string>();
  while (peek(cursor) !== -1) {
    expect(cursor, openBrace);
    if (peek(cursor) !== closeBrace) visitAll(cursor, names, visit);
    expect(cursor, closeBrace);
    endOfItem?.();
  }
}

function visitAll(cursor: Cursor, names: Map<string, string>, visit: MemberVisitor): void {
  for (;;) {
    const name = takeName(cursor, names);
    expect(cursor, colon);
    peek(cursor);
    const start = cursor.at;
    copyJson(cursor);
    cursor.length = 0;
    visit(name, start, cursor.at);
    if (peek(cursor) !== comma) return;
    cursor.at++;
  }
}

/** Decodes each name only once, since every item has the same few names. */
function takeName(cursor: Cursor, names: Map<string, string>): string {
  copyJson(cursor);
  const text = Buffer.from(cursor.target.buffer, 0, cursor.length).toString("utf8");
  cursor.length = 0;
  let name = names.get(text);
  if (name === undefined) {
    name = JSON.parse(text) as string;
    names.set(text, name);
  }
  return name;
}
