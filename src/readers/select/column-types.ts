import type { Column, ColumnType, RowBatch } from "../rows/batch.js";
import { cellText } from "../rows/batch.js";

/** Types that `--infer` recognizes, the narrowest first. A test sees only the text, which is never blank. */
const tests = {
  boolean: (text) => /^(?:true|false)$/i.test(text),
  integer: (text) => /^-?(?:0|[1-9]\d{0,17})$/.test(text),
  number: (text) => isNumber(text) && digitsOf(text) <= exactDigits,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text),
  timestamp: (text) => isTime(text, true) && !hasNanoseconds(text),
  datetime: (text) => isTime(text, false) && !hasNanoseconds(text),
} as const satisfies Partial<Record<ColumnType, (text: string) => boolean>>;

/** A double keeps this many digits of any decimal. */
const exactDigits = 15;

const isNumber = (text: string): boolean => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d{1,2})?$/.test(text);

/** Counts significant digits, without leading and trailing zeros. */
const digitsOf = (text: string): number =>
  text
    .replace(/[eE].*$/, "")
    .replace(/[-.]/g, "")
    .replace(/^0+|0+$/g, "").length;

function isTime(text: string, zoned: boolean): boolean {
  const [, day = "", zone] =
    /^(\d{4}-\d{2}-\d{2})[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(Z|[-+](?:[01]\d|2[0-3]):[0-5]\d)?$/.exec(
      text,
    ) ?? [];
  return day !== "" && (zone !== undefined) === zoned && isDay(day);
}

const hasNanoseconds = (text: string): boolean => /\.\d{6}\d*[1-9]/.test(text);

/** Values that would match a type if the type had room for all of their digits. */
const wider = {
  "numbers of more digits than a double keeps": (text: string) =>
    isNumber(text) && !tests.number(text) && !tests.integer(text),
  "times with nanoseconds": (text: string) => (isTime(text, true) || isTime(text, false)) && hasNanoseconds(text),
} as const;

type InferredType = keyof typeof tests;

function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Tells whether a text matches the type. Every text matches `text`, and `json` is not checked. */
export function isOfType(text: string, type: ColumnType): boolean {
  const test = (tests as Partial<Record<ColumnType, (text: string) => boolean>>)[type];
  return test === undefined || test(text);
}

/** Collects the types that fit the columns of a sample. */
export interface TypeSample {
  /** @param nulls Texts that are null and therefore ignored. */
  add(name: string, batch: RowBatch, column: number, nulls: readonly Uint8Array[]): void;
  /** The narrowest type that fits every value in the sample; `text` for a column of blanks. */
  typeOf(name: string): ColumnType;
  /** Why a text column has no narrower type, if that may surprise. */
  notesOn(name: string): readonly string[];
  readonly rows: number;
}

export function createTypeSample(): TypeSample {
  const possible = new Map<string, Set<InferredType>>();
  const seen = new Set<string>();
  const notes = new Map<string, string>();
  let rows = 0;
  return {
    add(name, batch, column, nulls) {
      const nullTexts = new Set(["", ...nulls.map((text) => Buffer.from(text).toString())]);
      const types = possible.get(name) ?? new Set(Object.keys(tests) as InferredType[]);
      possible.set(name, types);
      if (column === 0) rows += batch.rows;
      for (let row = 0; row < batch.rows && types.size > 0; row++) {
        const text = cellText(batch, row, column);
        if (text === undefined || nullTexts.has(text)) continue;
        seen.add(name);
        if (!notes.has(name)) {
          const found = Object.entries(wider).find(([, test]) => test(text));
          if (found !== undefined) notes.set(name, `${name} stays text: it has ${found[0]}`);
        }
        for (const type of types) if (!tests[type](text)) types.delete(type);
      }
    },
    typeOf(name) {
      const types = possible.get(name);
      if (types === undefined || !seen.has(name)) return "text";
      return (Object.keys(tests) as InferredType[]).find((type) => types.has(type)) ?? "text";
    },
    notesOn: (name) => [notes.get(name) ?? []].flat(),
    get rows() {
      return rows;
    },
  };
}

/** Formats the inferred types, without the text columns: `id integer, amount number`. */
export function describeTypes(columns: readonly Column[]): string {
  const typed = columns.filter(({ type }) => type !== "text").map(({ name, type }) => `${name} ${type}`);
  return typed.length === 0 ? "no column is anything but text" : typed.join(", ");
}
