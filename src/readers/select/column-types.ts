import type { Column, ColumnType, RowBatch } from "../rows/batch.js";
import { cellText } from "../rows/batch.js";

/** Types that `--infer` finds, the narrowest first. Each is told by text alone and says nothing of a blank. */
const tests = {
  boolean: (text) => text === "true" || text === "false",
  integer: (text) => /^-?(?:0|[1-9]\d{0,17})$/.test(text),
  number: (text) => /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][-+]?\d{1,2})?$/.test(text),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text),
  timestamp: (text) =>
    /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[-+]\d{2}:\d{2})$/.test(text) &&
    isDay(text.slice(0, 10)),
} as const satisfies Partial<Record<ColumnType, (text: string) => boolean>>;

type InferredType = keyof typeof tests;

function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Whether the text is of the type; every text is of `text` and `json` is not checked. */
export function isOfType(text: string, type: ColumnType): boolean {
  const test = (tests as Partial<Record<ColumnType, (text: string) => boolean>>)[type];
  return test === undefined || test(text);
}

/** Gathers what the columns of a sample can be. */
export interface TypeSample {
  add(name: string, batch: RowBatch, column: number): void;
  /** The narrowest type that every value seen allows; `text` for a column of blanks. */
  typeOf(name: string): ColumnType;
  readonly rows: number;
}

export function createTypeSample(): TypeSample {
  const possible = new Map<string, Set<InferredType>>();
  const seen = new Set<string>();
  let rows = 0;
  return {
    add(name, batch, column) {
      const types = possible.get(name) ?? new Set(Object.keys(tests) as InferredType[]);
      possible.set(name, types);
      if (column === 0) rows += batch.rows;
      for (let row = 0; row < batch.rows && types.size > 0; row++) {
        const text = cellText(batch, row, column);
        if (text === undefined || text === "") continue;
        seen.add(name);
        for (const type of types) if (!tests[type](text)) types.delete(type);
      }
    },
    typeOf(name) {
      const types = possible.get(name);
      if (types === undefined || !seen.has(name)) return "text";
      return (Object.keys(tests) as InferredType[]).find((type) => types.has(type)) ?? "text";
    },
    get rows() {
      return rows;
    },
  };
}

/** What was inferred, in words: `id integer, amount number; text: name, note`. */
export function describeTypes(columns: readonly Column[]): string {
  const typed = columns.filter(({ type }) => type !== "text").map(({ name, type }) => `${name} ${type}`);
  return typed.length === 0 ? "no column is anything but text" : typed.join(", ");
}
