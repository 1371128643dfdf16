import { parseMemberSelection } from "../archive/open.js";
import type { MemberSelection } from "../archive/archive.js";
import { raggedPolicies } from "../csv/scanner.js";
import type { RaggedPolicy } from "../csv/scanner.js";
import { parseDialect } from "../csv/dialect.js";
import type { DialectOptions } from "../csv/dialect.js";
import { encodings } from "../csv/encodings.js";
import type { Encoding } from "../csv/encodings.js";
import { requireAtLeast, requireOneOf } from "../option-values.js";
import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { ColumnType } from "./batch.js";
import { sourceColumnNames } from "./read.js";
import type { RowSettings } from "./read.js";
import { parseCondition } from "../select/condition.js";

/** The defaults, also shown in the help. */
export const readingDefaults = {
  encoding: "auto",
  ragged: "error",
  maxExpansion: 250,
  readTimeoutSeconds: 20,
} as const;

/** Row options as given by the caller, each as the flag of the same name. */
export interface RowOptions extends DialectOptions {
  /** Texts that are read as null. */
  readonly null?: readonly string[] | undefined;
  /** Each is `NAME:TYPE`. */
  readonly types?: readonly string[] | undefined;
  readonly encoding?: string | undefined;
  readonly ragged?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly text?: readonly string[] | undefined;
  readonly infer?: boolean | undefined;
  readonly sourceColumn?: boolean | undefined;
  readonly hivePartitioning?: boolean | undefined;
  readonly where?: readonly string[] | undefined;
  readonly limit?: number | undefined;
}

/** @throws UsageError `ERR_ARGUMENT` */
export function parseRowSettings(options: RowOptions): RowSettings {
  const { encoding = readingDefaults.encoding, ragged = readingDefaults.ragged } = options;
  return {
    ...parseDialect(options),
    encoding: requireOneOf<Encoding>("encoding", encodings, encoding),
    ragged: requireOneOf<RaggedPolicy>("ragged", raggedPolicies, ragged),
    types: parseTypes(options.types ?? []),
    nulls: (options.null ?? []).map((text) => Buffer.from(text)),
    reservedNames: options.sourceColumn === true ? sourceColumnNames : [],
    columns: refuseTwice(options.columns),
    text: options.text ?? [],
    infer: options.infer === true,
    sourceColumn: options.sourceColumn === true,
    hivePartitioning: options.hivePartitioning === true,
    partitions: new Map(),
    conditions: (options.where ?? []).map(parseCondition),
    limit: requireAtLeast("limit", 0, options.limit ?? Number.POSITIVE_INFINITY, 10),
  };
}

function refuseTwice(names: readonly string[] | undefined): readonly string[] | undefined {
  const twice = names?.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined) return names;
  throw new UsageError("ERR_ARGUMENT", message`${setting("columns")} has "${twice}" twice`, {
    hints: ["name each column once: a reader by names would see one of them alone"],
  });
}

const typeNames = ["text", "integer", "number", "boolean", "date", "timestamp", "datetime"] as const;

function parseTypes(texts: readonly string[]): ReadonlyMap<string, ColumnType> {
  return new Map(
    texts.map((text) => {
      const at = text.lastIndexOf(":");
      const type = typeNames.find((known) => known === text.slice(at + 1).trim());
      if (at > 0 && type !== undefined) return [text.slice(0, at).trim(), type];
      throw new UsageError("ERR_ARGUMENT", message`${setting("types")} has "${text}", expected a column and its type`, {
        hints: [message`write ${setting("types", "id:integer,day:date")}; known are ${typeNames.join(", ")}`],
      });
    }),
  );
}

/** Member options as given by the caller, each as the flag of the same name. */
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
    maxExpansion: requireAtLeast("max-expansion", 1, maxExpansion, 30),
  };
}

/** @throws UsageError `ERR_ARGUMENT` for an empty password, which no archive has. */
export function requirePassword(password: string): string {
  if (password !== "") return password;
  throw new UsageError("ERR_ARGUMENT", message`${setting("archive-password-file")} has no password in its first line`, {
    hints: ["write the password into that line, without quotes"],
  });
}

/** Returns how long a response may stall, in milliseconds. @throws UsageError `ERR_ARGUMENT` */
export function parseReadTimeout(seconds: number = readingDefaults.readTimeoutSeconds): number {
  return requireAtLeast("read-timeout", 1, seconds, 30) * 1000;
}
