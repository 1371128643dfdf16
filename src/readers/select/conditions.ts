import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { nullCell } from "../rows/batch.js";

const operators = ["==", "!=", "<=", ">=", "!~", "=", "<", ">", "~"] as const;
type Operator = (typeof operators)[number];

/** One `--where`: a column held against a value. */
export interface Condition {
  readonly column: string;
  readonly operator: Operator;
  readonly value: string;
}

/** Whether the cell `bytes[start .. end)` passes; a start of -1 is null. */
export type CellTest = (bytes: Uint8Array, start: number, end: number) => boolean;

const shape = /^\s*(?:"([^"]+)"|(.+?))\s*(==|!=|<=|>=|!~|=|<|>|~)\s*(?:"(.*)"|'(.*)'|(.*?))\s*$/s;

/** @throws UsageError `ERR_ARGUMENT` */
export function parseCondition(text: string): Condition {
  const match = shape.exec(text);
  if (match === null) {
    throw new UsageError("ERR_ARGUMENT", message`${setting("where")} is not a comparison: "${text}"`, {
      hints: [
        message`write COLUMN OPERATOR VALUE with one of ${operators.join(" ")}: ${setting("where")} 'amount >= 100'`,
      ],
    });
  }
  const [, quotedColumn, column, operator, doubleQuoted, singleQuoted, value] = match;
  return {
    column: quotedColumn ?? column ?? "",
    operator: operator as Operator,
    value: doubleQuoted ?? singleQuoted ?? value ?? "",
  };
}

/**
 * Equality is of text. An order is of numbers when the value is one, and a cell that is none then fails; else of UTF-8
 * text, which puts ISO dates right. `~` finds a part of the text. Null passes only where it differs from something.
 */
export function createCellTest({ operator, value }: Condition): CellTest {
  const wanted = Buffer.from(value);
  switch (operator) {
    case "=":
    case "==":
      return (bytes, start, end) => start !== nullCell && equals(bytes, start, end, wanted);
    case "!=":
      return (bytes, start, end) => start === nullCell || !equals(bytes, start, end, wanted);
    case "~":
      return (bytes, start, end) => start !== nullCell && asBuffer(bytes, start, end).includes(wanted);
    case "!~":
      return (bytes, start, end) => start === nullCell || !asBuffer(bytes, start, end).includes(wanted);
    case "<":
      return createOrderTest(value, (order) => order < 0);
    case "<=":
      return createOrderTest(value, (order) => order <= 0);
    case ">":
      return createOrderTest(value, (order) => order > 0);
    case ">=":
      return createOrderTest(value, (order) => order >= 0);
  }
}

function createOrderTest(value: string, passes: (order: number) => boolean): CellTest {
  const number = numberOf(value);
  const wanted = Buffer.from(value);
  if (Number.isNaN(number)) {
    return (bytes, start, end) => start !== nullCell && passes(Buffer.compare(asBuffer(bytes, start, end), wanted));
  }
  return (bytes, start, end) => {
    if (start === nullCell) return false;
    const found = numberOf(asBuffer(bytes, start, end).toString("latin1"));
    return !Number.isNaN(found) && passes(found - number);
  };
}

const numberOf = (text: string): number =>
  /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(text) ? Number(text) : Number.NaN;

const asBuffer = (bytes: Uint8Array, start: number, end: number): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);

function equals(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let index = 0; index < wanted.length; index++) if (bytes[start + index] !== wanted[index]) return false;
  return true;
}
