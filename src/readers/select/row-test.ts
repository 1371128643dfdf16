import { cellEquals, nullCell } from "../rows/batch.js";
import type { RowBatch } from "../rows/batch.js";

import type { Comparison, Condition, Literal } from "./condition.js";
import { comparisonWith } from "./decimal.js";
import { createLikeTest } from "./like.js";

/** The source of a column's cells. */
export type CellSource =
  | { readonly kind: "cell"; readonly column: number }
  /** The same bytes in every row, at a range that each batch contains. */
  | { readonly kind: "constant"; readonly start: number; readonly end: number }
  | { readonly kind: "null" };

/** Tests a row, given the index of its first cell in the batch. */
export type RowTest = (batch: RowBatch, first: number) => boolean;

/** Tests the cell `bytes[start .. end)`; a start of -1 is null. */
type CellTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/**
 * Creates the test for a condition. Numbers compare exactly, as decimals; a cell that is not a number differs from
 * every number and is neither below nor above it. Anything else compares as UTF-8 text, which orders ISO dates. Null
 * equals nothing and differs from everything.
 *
 * @param sourceOf Returns the source of a column's cells.
 * @param nullsOf Returns the texts that are null in a column.
 */
export function createRowTest(
  condition: Condition,
  sourceOf: (column: string) => CellSource,
  nullsOf: (column: string) => readonly Uint8Array[],
): RowTest {
  switch (condition.kind) {
    case "and":
    case "or": {
      const tests = condition.conditions.map((each) => createRowTest(each, sourceOf, nullsOf));
      return condition.kind === "and"
        ? (batch, first) => tests.every((test) => test(batch, first))
        : (batch, first) => tests.some((test) => test(batch, first));
    }
    case "not": {
      const test = createRowTest(condition.condition, sourceOf, nullsOf);
      return (batch, first) => !test(batch, first);
    }
    case "null":
    case "compare":
    case "contains":
    case "like":
    case "in":
      return ofCell(
        sourceOf(condition.column.name),
        withNulls(createCellTest(condition), nullsOf(condition.column.name)),
      );
  }
}

function withNulls(test: CellTest, nulls: readonly Uint8Array[]): CellTest {
  if (nulls.length === 0) return test;
  return (bytes, start, end) =>
    test(
      bytes,
      start !== nullCell && nulls.some((text) => cellEquals(bytes, start, end, text)) ? nullCell : start,
      end,
    );
}

function ofCell(source: CellSource, test: CellTest): RowTest {
  switch (source.kind) {
    case "cell":
      return ({ bytes, starts, ends }, first) =>
        test(bytes, starts[first + source.column] as number, ends[first + source.column] as number);
    case "constant":
      return ({ bytes }) => test(bytes, source.start, source.end);
    case "null":
      return ({ bytes }) => test(bytes, nullCell, nullCell);
  }
}

function createCellTest(
  condition: Extract<Condition, { readonly kind: "compare" | "contains" | "like" | "in" | "null" }>,
): CellTest {
  switch (condition.kind) {
    case "null":
      return (_, start) => start === nullCell;
    case "compare":
      return createComparison(condition.operator, condition.value);
    case "contains": {
      const part = Buffer.from(condition.part);
      return (bytes, start, end) => start !== nullCell && asBuffer(bytes, start, end).includes(part);
    }
    case "like": {
      const matches = createLikeTest(condition.pattern);
      return (bytes, start, end) => start !== nullCell && matches(asBuffer(bytes, start, end).toString());
    }
    case "in": {
      const tests = condition.values.map((value) => createComparison("=", value));
      return (bytes, start, end) => tests.some((test) => test(bytes, start, end));
    }
  }
}

const orders: Readonly<Record<Exclude<Comparison, "!=">, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function createComparison(operator: Comparison, value: Literal): CellTest {
  if (operator === "!=") {
    const equals = createComparison("=", value);
    return (bytes, start, end) => !equals(bytes, start, end);
  }
  const passes = orders[operator];
  if (value.kind === "text") {
    const wanted = Buffer.from(value.text);
    return (bytes, start, end) => start !== nullCell && passes(Buffer.compare(asBuffer(bytes, start, end), wanted));
  }
  const orderOf = comparisonWith(value.text);
  return (bytes, start, end) => start !== nullCell && passes(orderOf(asBuffer(bytes, start, end).toString("latin1")));
}

const asBuffer = (bytes: Uint8Array, start: number, end: number): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
