import { UsageError } from "../../errors.js";
import type { MemberSelection } from "../../readers/archive/archive.js";
import type { ItemStyle } from "../../readers/items/transcode.js";
import { parseShard, wholeShard } from "../../readers/shard.js";
import type { Shard } from "../../readers/shard.js";
import { parseObjectQuery } from "../../readers/objects/query.js";
import type { ObjectQuery } from "../../readers/objects/query.js";
import type { ProgressMode } from "../../readers/output/progress.js";
import type { RowSettings } from "../../readers/rows/read.js";
import { parseMemberOptions, parseReadTimeout, parseRowSettings } from "../../readers/rows/settings.js";
import type { RowFormat } from "../../readers/rows/encoder.js";
import type { Arguments, OptionValues } from "../line/arguments.js";
import { valueOf } from "../line/defaults.js";
import type { Invocation } from "../invocation.js";
import { readS3Options } from "../options/read-s3.js";
import type { ScopePlace } from "../../vending/scope/compose.js";
import { archivePolicy } from "./least-privilege.js";
import { resolvePath } from "./options.js";
import { fillShard, parseOutput, requireLocal } from "./output-place.js";
import type { OutputPlace } from "./output-place.js";
import { chooseOutputForm } from "./output-form.js";
import type { OutputForm } from "./output-form.js";

type Values = OptionValues<typeof readS3Options>;

export interface ReadS3Input {
  readonly query: ObjectQuery;
  readonly shard: Shard;
  readonly selection: MemberSelection;
  readonly rows: RowSettings;
  readonly mode:
    | ({ readonly kind: "rows" } & OutputForm)
    | { readonly kind: "raw" }
    | { readonly kind: "extract"; readonly folder: string }
    | { readonly kind: "dry-run"; readonly format: RowFormat }
    | ({ readonly kind: "dynamodb-export"; readonly style: ItemStyle } & OutputForm);
  readonly output: OutputPlace | undefined;
  readonly progress: ProgressMode;
  readonly readTimeoutMs: number;
  readonly options: Values;
}

/** @throws UsageError */
export function toReadS3Input(args: Arguments<typeof readS3Options>, invocation: Invocation): ReadS3Input {
  const { options } = args;
  const shard = options.shard === undefined ? wholeShard : parseShard(options.shard, invocation.variables);
  const output = parseOutput(options.output, shard, invocation);
  requireCredentials(output, options);
  return {
    query: toQuery(args),
    shard,
    selection: parseMemberOptions({
      member: options.member,
      exclude: options.exclude,
      maxExpansion: options["max-expansion"],
    }),
    rows: parseRowSettings({
      ...options,
      columns: options.columns?.flatMap(splitNames),
      header: options.header === undefined ? undefined : splitNames(options.header),
      types: options.types?.flatMap(splitNames),
      sourceColumn: options["source-column"],
      hivePartitioning: options["hive-partitioning"],
    }),
    mode: toMode(options, { output, shard }, invocation),
    output,
    progress: valueOf(options, readS3Options, "progress"),
    readTimeoutMs: parseReadTimeout(options["read-timeout"]),
    options,
  };
}

/** Returns the policy of `--least-privilege`, if given. */
export function leastPrivilegeOf({
  query,
  mode,
  output,
  options,
}: ReadS3Input): ((place: ScopePlace) => object) | undefined {
  if (options["least-privilege"] !== true) return undefined;
  return (place) => archivePolicy({ query, isExport: mode.kind === "dynamodb-export", output }, place);
}

function toQuery({ options, positionals }: Arguments<typeof readS3Options>): ObjectQuery {
  const { bucket, key, folder, date, from, to, pick } = options;
  const [keyTemplate, skipMissing] = [options["key-template"], options["skip-missing"]];
  const versionId = options["version-id"];
  return parseObjectQuery({
    urls: positionals,
    bucket,
    key,
    versionId,
    folder,
    date,
    from,
    to,
    keyTemplate,
    pick,
    skipMissing,
  });
}

function requireCredentials(output: OutputPlace | undefined, options: Values): void {
  if (output?.kind !== "object" || options["no-sign-request"] !== true) return;
  throw new UsageError("ERR_CONFLICT", "--no-sign-request sends no credentials, and an output on S3 needs them", {
    hints: ["leave it out: a role that may read any bucket reads a public one too", "or write to a file"],
  });
}

function toMode(
  options: Values,
  { output, shard }: Pick<ReadS3Input, "output" | "shard">,
  invocation: Invocation,
): ReadS3Input["mode"] {
  const formOf = (byDefault: RowFormat) => chooseOutputForm(options.format, output, invocation, byDefault);
  if (options["dry-run"] === true) return { kind: "dry-run", format: options.format ?? "table" };
  if (options.raw === true) return { kind: "raw" };
  if (options.extract !== undefined) {
    return {
      kind: "extract",
      folder: resolvePath(fillShard(requireLocal("extract", options.extract), shard), invocation),
    };
  }
  if (options["dynamodb-export"] !== true) return { kind: "rows", ...formOf("csv") };
  const { format, compression } = formOf("ndjson");
  if (options.typed === true && format !== "ndjson" && format !== "json") {
    throw new UsageError("ERR_CONFLICT", `--typed keeps DynamoDB JSON, which --format ${format} cannot hold`, {
      hints: ["leave out --typed, or write --format ndjson"],
    });
  }
  const style: ItemStyle = {
    typed: options.typed === true,
    numbers: valueOf(options, readS3Options, "numbers"),
    sets: valueOf(options, readS3Options, "sets"),
  };
  return { kind: "dynamodb-export", format, compression, style };
}

/** Parses names as in a CSV header: `a,b` and `"a,b",c`. */
function splitNames(text: string): string[] {
  return [...text.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = ""]) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  );
}
