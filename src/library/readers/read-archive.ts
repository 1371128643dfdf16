import type { AwsCredentials, CredentialProvider } from "../../aws/credentials.js";
import type { RaggedPolicy } from "../../readers/csv/scanner.js";
import type { Encoding } from "../../readers/csv/encodings.js";
import type { Row } from "../../readers/rows/objects.js";

/** Where the bytes come from, and with whose rights. */
export interface ReadingConnection {
  /** Credentials, or a provider of them such as `fromRolesAnywhere` gives; a provider is asked again before they end. */
  readonly credentials: AwsCredentials | CredentialProvider;
  /** Default: `AWS_REGION`, else the `default` profile's. */
  readonly region?: string | undefined;
  /** URL of another endpoint than the region's own; default: what AWS's own variables and config file say. */
  readonly endpoint?: string | undefined;
  /** Path of a PEM file with the roots to trust in place of the usual ones; default: `AWS_CA_BUNDLE`. */
  readonly caBundle?: string | undefined;
  /** False accepts any server certificate, for trials alone; default true. */
  readonly verifySsl?: boolean | undefined;
  /** Ends the reading: what is under way is cancelled and the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the process's environment, for AWS's own variables such as `AWS_ENDPOINT_URL_S3` and `AWS_CA_BUNDLE`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * What {@link readArchive} reads: objects by URL; or a bucket with a key; or a bucket with a folder and days. Each option
 * but `urls` is the flag of `read-s3` of the same name.
 */
export interface ArchivePlace {
  /** `s3://BUCKET/KEY`, one or several, or one prefix that ends in a slash. */
  readonly urls?: string | readonly string[] | undefined;
  readonly bucket?: string | undefined;
  /** Key of one object. */
  readonly key?: string | undefined;
  /** `{folder}` of the key template. */
  readonly folder?: string | undefined;
  /** The day to read, `YYYY-MM-DD`. */
  readonly date?: string | undefined;
  /** First of several days, `YYYY-MM-DD`; with `to`. */
  readonly from?: string | undefined;
  /** Last of several days, included. */
  readonly to?: string | undefined;
  /**
   * Prefix of the keys, made of `{folder}`, `{date}`, `{yyyy}`, `{yy}`, `{mm}`, `{dd}`, `{doy}` and `{date:%Y%m%d}`;
   * default `{folder}/{date}/`, and `{folder}/` without a day.
   */
  readonly keyTemplate?: string | undefined;
  /** Which of several objects under a prefix: `newest`, `first`, `all`, or a glob on their names. */
  readonly pick?: string | undefined;
  /** A day without an object is no error; default false. */
  readonly skipMissing?: boolean | undefined;
}

/** Options of {@link readArchive}. */
export interface ReadArchiveOptions extends ArchivePlace, ReadingConnection {
  /** Globs of members to read; default: every `*.csv`, in any case. */
  readonly member?: string | readonly string[] | undefined;
  /** Globs of members to leave out. */
  readonly exclude?: string | readonly string[] | undefined;
  /** Bytes out for each byte in beyond which a member above 64 MiB is refused as a bomb; at least 1, default 250. */
  readonly maxExpansion?: number | undefined;
  /** One character, or `auto` for a guess from each member's beginning; default a comma. */
  readonly delimiter?: string | undefined;
  /** Default `auto`: by the byte order mark, else UTF-8. */
  readonly encoding?: Encoding | undefined;
  /** Rows with more or fewer fields than the header: `error` (the default), `fit` or `skip`. */
  readonly ragged?: RaggedPolicy | undefined;
  /** Columns to give, in this order; default: all that a member has. */
  readonly columns?: readonly string[] | undefined;
  /** Finds numbers, booleans, days and times by the beginning of the data; default false: every cell is text. */
  readonly infer?: boolean | undefined;
  /** Columns that stay text though types are inferred. */
  readonly text?: readonly string[] | undefined;
  /** Comparisons such as `amount >= 100`, all of which must hold. */
  readonly where?: string | readonly string[] | undefined;
  /** Adds the columns `source_key` and `source_member`; default false. */
  readonly sourceColumn?: boolean | undefined;
  /** Rows at most. */
  readonly limit?: number | undefined;
  /** An answer that brings nothing for so many seconds is asked for again; at least 1, default 20. */
  readonly readTimeoutSeconds?: number | undefined;
  /** Told of what was changed or left out, such as ragged rows, days without data and the types that were inferred. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/**
 * Reads CSV out of archives on S3, row by row: ZIP with any number of members, gzip, zstd or plain text, told by content.
 *
 * Rows come as they are asked for: at most 12 MiB are fetched ahead of a slow reader. Members are read with several range
 * requests at once, resumed where a connection breaks, and checked against their CRC-32. Leaving the loop, or aborting,
 * cancels what is under way and closes every connection. Nothing is sent before the first row is asked for, and nothing
 * is looked at: errors of the options too come with the first row.
 *
 * A row has the columns of its own member, unless `columns` or `infer` settles them for all. Cells are text or null;
 * with `infer` also numbers, booleans, and bigints for integers beyond 2^53.
 *
 * @throws UsageError `ERR_ARGUMENT`, `ERR_CONFLICT` for options, `ERR_INPUT` for data that is not what it was taken for,
 *   `ERR_CREDENTIALS` when the provider fails; ServiceError and NetworkError as S3 answers.
 * @example
 * ```ts
 * import { fromRolesAnywhere, readArchive } from "rolesanywhere-ts";
 *
 * const rows = readArchive({
 *   credentials: fromRolesAnywhere({ … }),
 *   bucket: "acme",
 *   folder: "reports",
 *   date: "2024-01-15",
 *   where: "amount >= 100",
 *   infer: true,
 * });
 * for await (const row of rows) console.log(row["id"], row["amount"]);
 * ```
 */
export async function* readArchive(options: ReadArchiveOptions): AsyncGenerator<Row, void, undefined> {
  const { readRowBatches } = await import("./archive-rows.js");
  for await (const rows of readRowBatches(options)) {
    for (const row of rows) {
      options.signal?.throwIfAborted();
      yield row;
    }
  }
}
