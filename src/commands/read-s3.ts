import { UsageError } from "../errors.js";
import { parseMemberSelection } from "../readers/archive.js";
import type { MemberSelection } from "../readers/archive.js";
import type { RaggedPolicy } from "../readers/csv/csv-scanner.js";
import { parseDelimiter } from "../readers/csv/delimiter.js";
import type { Encoding } from "../readers/csv/encodings.js";
import type { ItemStyle } from "../readers/dynamodb-json.js";
import type { ObjectQuery } from "../readers/find-objects.js";
import { daysBetween, parseDay } from "../readers/key-template.js";
import type { ProgressMode } from "../readers/progress.js";
import type { RowSettings } from "../readers/read-rows.js";
import type { RowFormat } from "../readers/rows/row-encoder.js";
import { parseCondition } from "../readers/select/conditions.js";
import type { Arguments, OptionValues } from "./arguments.js";
import type { Command } from "./command.js";
import { credentialSourceConflicts } from "./credential-source.js";
import type { Invocation } from "./invocation.js";
import { readS3Options } from "./options/read-s3.js";
import { chooseFormat, resolvePath } from "./reading.js";

type Values = OptionValues<typeof readS3Options>;

export interface ReadS3Input {
  readonly query: ObjectQuery;
  readonly selection: MemberSelection;
  readonly rows: RowSettings;
  readonly mode:
    | { readonly kind: "rows"; readonly format: RowFormat }
    | { readonly kind: "raw" }
    | { readonly kind: "extract"; readonly folder: string }
    | { readonly kind: "dry-run"; readonly format: RowFormat }
    | { readonly kind: "dynamodb-export"; readonly format: RowFormat; readonly style: ItemStyle };
  readonly output: string | undefined;
  readonly progress: ProgressMode;
  readonly readTimeoutMs: number;
  readonly options: Values;
}

export const readS3: Command<typeof readS3Options, ReadS3Input> = {
  name: "read-s3",
  description:
    "Reads CSV from archives on S3 and writes it as a table: ZIP with any number of members, gzip, zstd or plain, told by content. Only the members that are wanted are fetched, in parallel, checked against their CRC-32, and resumed where a connection breaks.",
  positionals: {
    usage: "[s3://BUCKET/KEY…]",
    describe: "objects, or prefixes that end in a slash",
    minimum: 0,
    maximum: 1000,
  },
  options: readS3Options,
  conflicts: [
    ...credentialSourceConflicts,
    ["key", "key-template"],
    ["key", "folder"],
    ["date", "from"],
    ["date", "to"],
    ["raw", "extract"],
    ["raw", "format"],
    ["extract", "format"],
    ["extract", "output"],
    ["raw", "dynamodb-export"],
    ["extract", "dynamodb-export"],
    ["dry-run", "dynamodb-export"],
    ["infer", "dynamodb-export"],
    ["where", "dynamodb-export"],
    ["member", "dynamodb-export"],
    ["exclude", "dynamodb-export"],
    ["source-column", "dynamodb-export"],
  ],
  examples: [
    {
      command: "rolesanywhere-ts read-s3 --bucket acme --folder reports --date 2024-01-15 --profile app",
      describe: "The day's archive under reports/2024-01-15/ as one CSV",
    },
    {
      command:
        "rolesanywhere-ts read-s3 s3://acme/reports/2024-01-15/report.zip --format parquet --output report.parquet",
      describe: "A file that pandas, polars and DuckDB open",
    },
    {
      command:
        "rolesanywhere-ts read-s3 --bucket acme --folder reports --from 2024-01-01 --to 2024-01-31 --skip-missing --format ndjson --where 'amount >= 100'",
      describe: "A month, filtered, one JSON object a line",
    },
    {
      command: "rolesanywhere-ts read-s3 s3://acme/export/AWSDynamoDB/01700000000000-abcdef01/ --dynamodb-export",
      describe: "The items of a DynamoDB export",
    },
  ],
  toInput(args, invocation) {
    const { options } = args;
    const limit = options.limit ?? Number.POSITIVE_INFINITY;
    if (limit < 0) throw atLeast("--limit", "0", limit);
    const maximumExpansion = options["max-expansion"] ?? 250;
    if (maximumExpansion < 1) throw atLeast("--max-expansion", "1", maximumExpansion);
    const readTimeout = options["read-timeout"] ?? 20;
    if (readTimeout < 1) throw atLeast("--read-timeout", "1", readTimeout);
    return {
      query: readQuery(args),
      selection: { wanted: parseMemberSelection(options.member ?? [], options.exclude ?? []), maximumExpansion },
      rows: {
        delimiter: parseDelimiter(options.delimiter ?? ","),
        encoding: (options.encoding ?? "auto") as Encoding,
        ragged: (options.ragged ?? "error") as RaggedPolicy,
        columns: options.columns?.flatMap(splitNames),
        text: options.text ?? [],
        infer: options.infer === true,
        sourceColumn: options["source-column"] === true,
        conditions: (options.where ?? []).map(parseCondition),
        limit,
      },
      mode: readMode(options, invocation),
      output: options.output,
      progress: (options.progress ?? "auto") as ProgressMode,
      readTimeoutMs: readTimeout * 1000,
      options,
    };
  },
  async run(input, invocation) {
    const { runReadS3 } = await import("./read-s3-run.js");
    return runReadS3(input, invocation);
  },
};

function readQuery({ options, positionals }: Arguments<typeof readS3Options>): ObjectQuery {
  const { bucket, key, folder, date, from, to } = options;
  if (positionals.length > 0) return readLocations(positionals, options);
  if (bucket === undefined) {
    throw new UsageError("ERR_ARGUMENT", "it is not said what to read", {
      hints: ["give s3://BUCKET/KEY, or --bucket with --key, or --bucket with --folder and --date"],
    });
  }
  if (key !== undefined) return { kind: "keys", locations: [{ bucket, key }] };
  if ((from === undefined) !== (to === undefined)) {
    throw new UsageError("ERR_ARGUMENT", `--${from === undefined ? "to" : "from"} was given alone`, {
      hints: ["give both --from and --to, or --date for one day"],
    });
  }
  const template = options["key-template"];
  if (template === undefined && folder === undefined) {
    throw new UsageError("ERR_ARGUMENT", "--bucket was given without --folder, --key or --key-template", {
      hints: ["the keys are taken to begin with FOLDER/DATE/"],
    });
  }
  const days =
    date !== undefined
      ? [parseDay(date, "--date")]
      : from !== undefined && to !== undefined
        ? daysBetween(parseDay(from, "--from"), parseDay(to, "--to"))
        : [];
  return {
    kind: "prefix",
    bucket,
    template: template ?? (days.length === 0 ? "{folder}/" : "{folder}/{date}/"),
    folder,
    days,
    pick: options.pick,
    skipMissing: options["skip-missing"] === true,
  };
}

function readLocations(texts: readonly string[], { bucket, key, folder, pick }: Values): ObjectQuery {
  if (bucket !== undefined || key !== undefined || folder !== undefined) {
    throw new UsageError("ERR_CONFLICT", `${texts[0]} already says what to read, and --bucket, --key or --folder too`, {
      hints: ["give one or the other"],
    });
  }
  const locations = texts.map((text) => {
    const [, name, rest] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(text) ?? [];
    if (name === undefined) {
      throw new UsageError("ERR_ARGUMENT", `expected s3://BUCKET/KEY, found "${text}"`, {
        hints: ["a key without its bucket goes with --bucket and --key"],
      });
    }
    return { bucket: name, key: rest ?? "" };
  });
  const [first] = locations;
  const isPrefix = (location: { readonly key: string }) => location.key === "" || location.key.endsWith("/");
  if (!locations.some(isPrefix)) return { kind: "keys", locations };
  if (locations.length > 1 || first === undefined) {
    throw new UsageError("ERR_ARGUMENT", "several places were given and one of them is a prefix", {
      hints: ["name objects, or one prefix with --pick"],
    });
  }
  const template = first.key.replace(/[{}]/g, "$&$&");
  return { kind: "prefix", bucket: first.bucket, template, folder: undefined, days: [], pick, skipMissing: false };
}

function readMode(options: Values, invocation: Invocation): ReadS3Input["mode"] {
  if (options["dry-run"] === true) return { kind: "dry-run", format: (options.format ?? "table") as RowFormat };
  if (options.raw === true) return { kind: "raw" };
  if (options.extract !== undefined) return { kind: "extract", folder: resolvePath(options.extract, invocation) };
  if (options["dynamodb-export"] !== true) return { kind: "rows", format: chooseFormat(options, invocation, "csv") };
  const format = chooseFormat(options, invocation, "ndjson");
  if (options.typed === true && format !== "ndjson" && format !== "json") {
    throw new UsageError("ERR_CONFLICT", `--typed keeps DynamoDB JSON, which --format ${format} cannot hold`, {
      hints: ["leave out --typed, or write --format ndjson"],
    });
  }
  const style: ItemStyle = {
    typed: options.typed === true,
    numbers: (options.numbers ?? "auto") as ItemStyle["numbers"],
    sets: (options.sets ?? "array") as ItemStyle["sets"],
  };
  return { kind: "dynamodb-export", format, style };
}

/** `a,b` and `"a,b",c`, as a CSV header would write names. */
function splitNames(text: string): string[] {
  return [...text.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = ""]) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  );
}

function atLeast(flag: string, minimum: string, found: number): UsageError {
  return new UsageError("ERR_ARGUMENT", `${flag} is ${found}, expected at least ${minimum}`, {
    hints: [`write ${flag} ${minimum === "0" ? "10" : "30"}, for example`],
  });
}
