import { parseMemberSelection } from "../archive/open.js";
import type { MemberSelection } from "../archive/open.js";
import { raggedPolicies } from "../csv/scanner.js";
import type { RaggedPolicy } from "../csv/scanner.js";
import { parseDelimiter } from "../csv/delimiter.js";
import { encodings } from "../csv/encodings.js";
import type { Encoding } from "../csv/encodings.js";
import { requireAtLeast, requireOneOf } from "../option-values.js";
import type { RowSettings } from "./read.js";
import { parseCondition } from "../select/condition.js";

/** What stands where a caller asks for nothing else; help shows the same. */
export const readingDefaults = {
  delimiter: ",",
  encoding: "auto",
  ragged: "error",
  maxExpansion: 250,
  readTimeoutSeconds: 20,
} as const;

/** How rows were asked for, each as the flag of the same name. */
export interface RowOptions {
  readonly delimiter?: string | undefined;
  readonly encoding?: string | undefined;
  readonly ragged?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly text?: readonly string[] | undefined;
  readonly infer?: boolean | undefined;
  readonly sourceColumn?: boolean | undefined;
  readonly where?: readonly string[] | undefined;
  readonly limit?: number | undefined;
}

/** @throws UsageError `ERR_ARGUMENT` */
export function parseRowSettings(options: RowOptions): RowSettings {
  const {
    delimiter = readingDefaults.delimiter,
    encoding = readingDefaults.encoding,
    ragged = readingDefaults.ragged,
  } = options;
  return {
    delimiter: parseDelimiter(delimiter),
    encoding: requireOneOf<Encoding>("encoding", encodings, encoding),
    ragged: requireOneOf<RaggedPolicy>("ragged", raggedPolicies, ragged),
    columns: options.columns,
    text: options.text ?? [],
    infer: options.infer === true,
    sourceColumn: options.sourceColumn === true,
    conditions: (options.where ?? []).map(parseCondition),
    limit: requireAtLeast("limit", 0, options.limit ?? Number.POSITIVE_INFINITY, 10),
  };
}

/** Which members were asked for, each as the flag of the same name. */
export interface MemberOptions {
  readonly member?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly maxExpansion?: number | undefined;
}

/** @throws UsageError `ERR_ARGUMENT` */
export function parseMemberOptions(options: MemberOptions): MemberSelection {
  const { member = [], exclude = [], maxExpansion = readingDefaults.maxExpansion } = options;
  return {
    wanted: parseMemberSelection(member, exclude),
    maximumExpansion: requireAtLeast("max-expansion", 1, maxExpansion, 30),
  };
}

/** How long an answer may bring nothing, in milliseconds. @throws UsageError `ERR_ARGUMENT` */
export function parseReadTimeout(seconds: number = readingDefaults.readTimeoutSeconds): number {
  return requireAtLeast("read-timeout", 1, seconds, 30) * 1000;
}
