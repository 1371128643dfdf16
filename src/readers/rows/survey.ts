import { joinSpans } from "../archive/archive.js";
import type { Archive, Member } from "../archive/archive.js";
import type { ArchiveSequence } from "../archive/sequence.js";
import { carefully, createSpanReader, firstGlance } from "../archive/spans.js";
import type { SpanReader } from "../archive/spans.js";
import { mapAhead } from "../map-ahead.js";
import { readMemberRows } from "../members/rows.js";
import type { CsvSettings, MemberBatch } from "../members/rows.js";
import type { KeptRanges } from "../s3/kept-ranges.js";
import { createTypeSample } from "../select/column-types.js";
import type { TypeSample } from "../select/column-types.js";

/** Members up to this size are read whole together with their neighbors, which takes no additional request. */
const wholeMemberBytes = 4 * 1024 * 1024;
const surveyedAtOnce = 6;

export interface SurveyOptions {
  readonly settings: CsvSettings & { readonly nulls: readonly Uint8Array[] };
  /** Collect types from the beginning of each member. */
  readonly infer: boolean;
  /** Counts selected rows up to a limit. Undefined looks only at the beginning of each member. */
  readonly count: RowCount | undefined;
  /** Called after each member; the survey ends when it returns true. Undefined surveys every member. */
  readonly isEnough: ((names: ReadonlySet<string>) => boolean) | undefined;
}

export interface RowCount {
  readonly full: boolean;
  /** Counts the selected rows of a batch. */
  add(found: MemberBatch): void;
}

/** The columns of the members, in the order of their first appearance. */
export interface Survey {
  readonly names: ReadonlySet<string>;
  readonly sample: TypeSample;
}

/**
 * Finds the columns of members, for outputs whose columns must be known before the first row. Looks at the members in
 * order and keeps the bytes that it reads.
 */
export async function surveyMembers(
  sequence: ArchiveSequence,
  store: KeptRanges,
  options: SurveyOptions,
): Promise<Survey> {
  const survey = { names: new Set<string>(), sample: createTypeSample() };
  store.keep(true);
  try {
    await surveyInto(survey, sequence, store, options);
  } finally {
    store.keep(false);
  }
  return survey;
}

async function surveyInto(
  survey: Survey & { readonly names: Set<string> },
  sequence: ArchiveSequence,
  store: KeptRanges,
  options: SurveyOptions,
): Promise<void> {
  for await (const archive of sequence.archives()) {
    for await (const names of lookAtMembers(archive, store, options, survey.sample)) {
      for (const name of names) survey.names.add(name);
      if (options.isEnough?.(survey.names) === true) return;
    }
  }
}

/** Looks at the members in order: at many small ones with one request, at the beginnings of several large ones at once. Yields their columns. */
async function* lookAtMembers(
  archive: Archive,
  store: KeptRanges,
  options: SurveyOptions,
  sample: TypeSample,
): AsyncGenerator<readonly string[], void, undefined> {
  const speed = options.isEnough === undefined ? undefined : carefully;
  if (archive.members === undefined) {
    const spans = createSpanReader(archive.spans, store, speed);
    for await (const member of archive.walk(spans, { notes: [] })) {
      if (member.special === undefined) yield await look(member, spans, options, sample);
    }
    return;
  }
  const members = archive.members.filter(({ special }) => special === undefined);
  const together = new Set(options.count === undefined ? smallMembers(members, store.room) : members);
  const neighbors = createSpanReader(joinSpans([...together]), store, speed);
  const large = members.filter((member) => !together.has(member));
  const glances = mapAhead(large, options.isEnough === undefined ? surveyedAtOnce : 1, (member) =>
    look(member, createSpanReader([member.span], store, firstGlance), options, sample),
  );
  for (const member of members) {
    if (together.has(member)) yield await look(member, neighbors, options, sample);
    else yield (await glances.next()).value as readonly string[];
  }
}

/** Returns the small members whose bytes can be kept. */
function smallMembers(members: readonly Member[], room: number): readonly Member[] {
  let kept = 0;
  return members.filter(({ compressedSize = Number.POSITIVE_INFINITY }) => {
    if (compressedSize > wholeMemberBytes || kept + compressedSize > room) return false;
    kept += compressedSize;
    return true;
  });
}

/** @returns The member's column names. */
async function look(
  member: Member,
  spans: SpanReader,
  { settings, infer, count }: SurveyOptions,
  sample: TypeSample,
): Promise<readonly string[]> {
  let names: readonly string[] = [];
  let sampled = !infer;
  // A ragged row is reported when it is read for the output.
  const ragged = count !== undefined && settings.ragged === "fit" ? "fit" : "skip";
  for await (const found of readMemberRows(member, spans, { ...settings, ragged }, { notes: [] })) {
    ({ names } = found);
    if (!sampled) {
      for (const [column, name] of names.entries()) sample.add(name, found.batch, column, settings.nulls);
      sampled = found.batch.rows > 0;
    }
    if (count?.full === false) count.add(found);
    if (sampled && count?.full !== false) break;
  }
  return names;
}
