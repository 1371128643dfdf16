import { filesOf } from "../archive/sequence.js";
import type { ArchiveSequence } from "../archive/sequence.js";
import { readMemberRows } from "../members/rows.js";
import type { CsvSettings, MemberBatch, MemberNotes } from "../members/rows.js";
import { UsageError } from "../../errors.js";
import { batchOfTexts } from "./batch.js";
import type { Column, ColumnType, RowBatch } from "./batch.js";
import type { RowWriter } from "./writer.js";
import { columnsOf } from "../select/condition.js";
import type { Condition } from "../select/condition.js";
import { createRowTest } from "../select/row-test.js";
import type { CellSource } from "../select/row-test.js";
import { describeTypes } from "../select/column-types.js";
import { createRowSelector } from "../select/row-selector.js";
import type { RowSelector } from "../select/row-selector.js";
import type { SpanReader } from "../archive/spans.js";
import type { KeptRanges } from "../s3/kept-ranges.js";
import { surveyMembers } from "./survey.js";
import type { RowCount, Survey } from "./survey.js";

export const sourceColumnNames = ["source_key", "source_member"] as const;

export interface RowSettings extends CsvSettings {
  /** The columns to write, in this order; undefined for all. */
  readonly columns: readonly string[] | undefined;
  /** Texts that are read as null. */
  readonly nulls: readonly Uint8Array[];
  /** Columns that stay text even if types are inferred. */
  readonly text: readonly string[];
  readonly infer: boolean;
  readonly sourceColumn: boolean;
  /** The different values of each partition of the objects. */
  readonly partitions: ReadonlyMap<string, readonly (string | undefined)[]>;
  readonly conditions: readonly Condition[];
  /** Maximum number of rows. */
  readonly limit: number;
}

export interface RowTally extends MemberNotes {
  rows: number;
  bytes: number;
  members: number;
}

/** Returns the output's columns with their types. @throws UsageError `ERR_ARGUMENT` for a column that no member has. */
function chooseColumns(survey: Survey, settings: RowSettings): readonly Column[] {
  const { sample } = survey;
  const all = [...new Set([...survey.names, ...settings.partitions.keys(), ...sourceColumnsOf(settings)])];
  for (const [name, values] of settings.partitions) {
    // As the second column: the first one counts the rows of the sample.
    sample.add(
      name,
      batchOfTexts(
        2,
        values.map((value) => [undefined, value]),
      ),
      1,
      settings.nulls,
    );
  }
  const known = new Set(all);
  const text = new Set(settings.text);
  const unknown = askedColumns(settings).find((name) => !known.has(name));
  if (unknown !== undefined) throw unknownColumn(unknown, all);
  const typeOf = (name: string): ColumnType =>
    settings.types.get(name) ?? (settings.infer && !text.has(name) ? sample.typeOf(name) : "text");
  return (settings.columns ?? all).map((name) => ({ name, type: typeOf(name) }));
}

/** Returns the columns that the caller names. */
function askedColumns(settings: RowSettings): readonly string[] {
  const { columns = [], text, types, conditions } = settings;
  return [...columns, ...text, ...types.keys(), ...conditions.flatMap(columnsOf)];
}

function unknownColumn(name: string, known: readonly string[]): UsageError {
  return new UsageError("ERR_ARGUMENT", `there is no column "${name}"`, {
    hints: [
      `found ${known
        .slice(0, 30)
        .map((column) => `"${column}"`)
        .join(", ")}${known.length > 30 ? ", …" : ""}`,
    ],
  });
}

/**
 * Determines the output's columns and their types if they must be known before the first row: because the format or
 * `--columns` requires it, or because types are inferred. Column names in conditions are checked in any case.
 *
 * Without `columns`, they are those of all members, or with a limit those of the members that its rows come from.
 *
 * @param wantsColumns Whether the output names its columns once, at its beginning.
 * @returns undefined if each member may have its own columns.
 * @throws UsageError `ERR_ARGUMENT` for a column that no member has.
 */
export async function settleColumns(
  sequence: ArchiveSequence,
  store: KeptRanges,
  settings: RowSettings,
  wantsColumns: boolean,
  tally: RowTally,
): Promise<readonly Column[] | undefined> {
  const { infer, conditions, limit } = settings;
  const fixed = wantsColumns || infer || settings.columns !== undefined || settings.types.size > 0;
  if (!fixed && conditions.length === 0) return undefined;
  const own = [...settings.partitions.keys(), ...sourceColumnsOf(settings)];
  const asked = askedColumns(settings).filter((name) => !own.includes(name));
  // What a condition selects may depend on the types.
  const count = limit < Number.POSITIVE_INFINITY && !(infer && conditions.length > 0) ? countRows(settings) : undefined;
  const needsAll = infer || (fixed && settings.columns === undefined);
  const survey = await surveyMembers(sequence, store, {
    settings,
    infer,
    count,
    isEnough:
      needsAll && count === undefined
        ? undefined
        : (names) => (!needsAll || count?.full === true) && asked.every((name) => names.has(name)),
  });
  const chosen = chooseColumns(survey, settings);
  if (infer) {
    tally.notes.push(`inferred from the first ${survey.sample.rows} rows: ${describeTypes(chosen)}`);
    tally.notes.push(...chosen.flatMap(({ name, type }) => (type === "text" ? survey.sample.notesOn(name) : [])));
  }
  return fixed ? chosen : undefined;
}

/** Counts the rows that settings select, in members of any columns. */
function countRows(settings: RowSettings): RowCount {
  const selectors = new WeakMap<readonly string[], RowSelector>();
  const typed = [...settings.types]
    .filter(([name]) => settings.columns?.includes(name) !== false)
    .map(([name, type]): Column => ({ name, type }));
  let missing = settings.limit;
  return {
    get full() {
      return missing <= 0;
    },
    add(found) {
      const select = selectors.get(found.names) ?? createSelector(found, [], settings, typed);
      selectors.set(found.names, select);
      missing -= select(found.batch, missing).rows;
    },
  };
}

/** Rows with their columns; the same array until a member has different columns. */
export interface SelectedRows {
  readonly columns: readonly Column[];
  /** Valid until the next batch. */
  readonly batch: RowBatch;
}

/**
 * Reads all members in order and yields the selected rows.
 *
 * @param columns The output's columns; undefined lets each member have its own.
 */
export async function* selectRows(
  sequence: ArchiveSequence,
  spans: SpanReader,
  settings: RowSettings,
  columns: readonly Column[] | undefined,
  tally: RowTally,
): AsyncGenerator<SelectedRows, void, undefined> {
  for await (const member of filesOf(sequence, spans, tally)) {
    if (tally.rows >= settings.limit) break;
    tally.members++;
    let select: RowSelector | undefined;
    let own = columns ?? [];
    for await (const found of readMemberRows(member, spans, settings, tally)) {
      tally.bytes += found.bytes;
      if (select === undefined) {
        own = columns ?? ownColumns(found, settings);
        select = createSelector(found, own, settings);
      }
      const batch = selectBatch(select, found, settings.limit - tally.rows);
      tally.rows += batch.rows;
      yield { columns: own, batch };
      if (tally.rows >= settings.limit) break;
    }
  }
}

/**
 * Writes all rows as one document.
 *
 * @param columns The columns of the document; undefined uses those of the first rows.
 * @param openWriter Called again when a member has different columns.
 */
export async function writeRows(
  rows: AsyncIterable<SelectedRows>,
  columns: readonly Column[] | undefined,
  openWriter: (columns: readonly Column[]) => Promise<RowWriter>,
): Promise<void> {
  let writer = columns === undefined ? undefined : await openWriter(columns);
  let written = columns ?? [];
  for await (const { columns: own, batch } of rows) {
    if (writer === undefined || !sameNames(written, own)) {
      await writer?.finish();
      writer = await openWriter(own);
      written = own;
    }
    await writer.write(batch);
  }
  writer ??= await openWriter([]);
  await writer.finish();
}

function selectBatch(select: RowSelector, found: MemberBatch, most: number): RowBatch {
  try {
    return select(found.batch, most);
  } catch (error) {
    throw found.locate(error);
  }
}

const sourceColumnsOf = ({ sourceColumn }: RowSettings): readonly string[] => (sourceColumn ? sourceColumnNames : []);

function ownColumns({ names, partitions }: MemberBatch, settings: RowSettings): readonly Column[] {
  return [...names, ...partitions.keys(), ...sourceColumnsOf(settings)].map((name) => ({ name, type: "text" }));
}

/** @param typedColumns The columns whose types conditions depend on. */
function createSelector(
  found: MemberBatch,
  columns: readonly Column[],
  settings: RowSettings,
  typedColumns: readonly Column[] = columns,
): RowSelector {
  const places = new Map(found.names.map((name, column) => [name, column]));
  const sourceOf = (name: string): CellSource => {
    const column = places.get(name);
    if (column !== undefined) return { kind: "cell", column };
    const partition = found.partitions.get(name);
    if (partition !== undefined) return { kind: "constant", ...partition };
    if (settings.sourceColumn && name === sourceColumnNames[0]) return { kind: "constant", ...found.key };
    if (settings.sourceColumn && name === sourceColumnNames[1]) return { kind: "constant", ...found.member };
    return { kind: "null" };
  };
  const typed = new Set(typedColumns.filter(({ type }) => type !== "text").map(({ name }) => name));
  const { nulls } = settings;
  const nullsOf = (name: string) => (typed.has(name) ? [...nulls, new Uint8Array(0)] : nulls);
  return createRowSelector({
    columns,
    sources: columns.map(({ name }) => sourceOf(name)),
    tests: settings.conditions.map((each) => createRowTest(each, sourceOf, nullsOf)),
    nulls,
    words: found,
  });
}

const sameNames = (one: readonly Column[], other: readonly Column[]): boolean =>
  one === other || (one.length === other.length && one.every(({ name }, index) => name === other[index]?.name));
