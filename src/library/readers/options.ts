import type { AwsCredentials, CredentialProvider } from "../../aws/credentials.js";
import type { RaggedPolicy } from "../../readers/csv/scanner.js";
import type { Encoding } from "../../readers/csv/encodings.js";
import type { ArchivePlace } from "../../readers/objects/query.js";

/** The source of the data, and the credentials to read it. */
export interface ReadingConnection {
  /** Credentials, or a provider of them such as `fromRolesAnywhere`; a provider is called again before they expire. */
  readonly credentials: AwsCredentials | CredentialProvider;
  /** Default: `AWS_REGION`, then the `default` profile's. */
  readonly region?: string | undefined;
  /** URL of an endpoint; default: from AWS's own variables and config file, else the region's. */
  readonly endpoint?: string | undefined;
  /** Path of a PEM file with the CA certificates to trust instead of the usual ones; default: `AWS_CA_BUNDLE`. */
  readonly caBundle?: string | undefined;
  /** False accepts any server certificate, only for tests; default true. */
  readonly verifySsl?: boolean | undefined;
  /** Cancels reading: requests in flight are cancelled and the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the process's environment, for AWS's own variables such as `AWS_ENDPOINT_URL_S3` and `AWS_CA_BUNDLE`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** How to read from S3. */
export interface BucketOptions {
  /** Accepts the costs of requests to a bucket whose requester pays; default false. */
  readonly requesterPays?: boolean | undefined;
  /**
   * One of `count` slices, counted from 0, for several machines: whole objects or files if there are at least `count`,
   * else members; default: all of it.
   */
  readonly shard?: { readonly index: number; readonly count: number } | undefined;
}

/** Options of {@link readArchive}. */
export interface ReadArchiveOptions extends ArchivePlace, ReadingConnection, BucketOptions {
  /** Globs of members to read; default: every `*.csv`, ignoring case. */
  readonly member?: string | readonly string[] | undefined;
  /** Globs of members to leave out. */
  readonly exclude?: string | readonly string[] | undefined;
  /** Maximum bytes per compressed byte of a member above 64 MiB, against zip bombs; at least 1, default 250. */
  readonly maxExpansion?: number | undefined;
  /** Path of a file whose first line is the password of AES-encrypted ZIP archives. */
  readonly archivePasswordFile?: string | undefined;
  /** One character, or `auto` to guess it for each member; default a comma unless the first line has none. */
  readonly delimiter?: string | undefined;
  /** `first` (the default), `none` for `column_1` and so on, or the names for files without a header. */
  readonly header?: "first" | "none" | readonly string[] | undefined;
  /** Lines to ignore at the start of each member; default 0. */
  readonly skip?: number | undefined;
  /** Lines that begin with this character are ignored. */
  readonly comment?: string | undefined;
  /** The quote character, or `none`; default a double quote. */
  readonly quote?: string | undefined;
  /** The character that escapes a following quote, separator, line end or itself; default: none. */
  readonly escape?: string | undefined;
  /** Cells with these texts are null; default: none. */
  readonly null?: string | readonly string[] | undefined;
  /** Types of columns, instead of inferring them. */
  readonly types?:
    | Readonly<Record<string, "text" | "integer" | "number" | "boolean" | "date" | "timestamp" | "datetime">>
    | undefined;
  /** Default `auto`: by the byte order mark, else UTF-8. */
  readonly encoding?: Encoding | undefined;
  /** Rows with more or fewer fields than the header: `error` (the default), `fit` or `skip`. */
  readonly ragged?: RaggedPolicy | undefined;
  /** Columns to return, in this order; default: all columns of a member. */
  readonly columns?: readonly string[] | undefined;
  /** Detects numbers, booleans, dates and times from the beginning of the data; default false: every cell is text. */
  readonly infer?: boolean | undefined;
  /** Columns that stay text even if types are inferred. */
  readonly text?: readonly string[] | undefined;
  /** Conditions such as `amount >= 100 and state in (open, 'on hold')`, all of which must hold. */
  readonly where?: string | readonly string[] | undefined;
  /** Adds the columns `source_key` and `source_member`; default false. */
  readonly sourceColumn?: boolean | undefined;
  /** Adds a column for each folder `NAME=VALUE` of a key, such as `year=2024`; default false. */
  readonly hivePartitioning?: boolean | undefined;
  /** Maximum number of rows. */
  readonly limit?: number | undefined;
  /** Seconds without data after which a request is retried; at least 1, default 20. */
  readonly readTimeoutSeconds?: number | undefined;
  /** Receives notes on what was changed or left out, such as ragged rows, days without data and inferred types. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** A JSON value. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** One item of a table: values by attribute name. */
export type Item = Readonly<Record<string, JsonValue>>;

/** The form of items. */
export interface ItemForm {
  /**
   * `auto` (the default): a number if it holds the stored value exactly, else a string. `string`: always a string.
   * `number`: always a number, rounded if necessary.
   */
  readonly numbers?: "auto" | "string" | "number" | undefined;
  /** `tagged` returns sets as `{ SS: […] }`, `{ NS: […] }`, `{ BS: […] }`, unlike lists; default `array`. */
  readonly sets?: "array" | "tagged" | undefined;
  /** Returns unchanged DynamoDB JSON: `{ id: { S: "1" } }`; default false. */
  readonly typed?: boolean | undefined;
}

/** Options of {@link scanTable}; each is the flag of `scan` of the same name. Items have no order. */
export interface ScanTableOptions extends ReadingConnection, ItemForm {
  /** Name or ARN of the table; an ARN also sets the region. */
  readonly table: string;
  /** Reads this index of the table. */
  readonly index?: string | undefined;
  /**
   * Reads the items of one partition key by Query, in the order of the sort key: `pk = x and sk begins_with y`. Also `<`,
   * `<=`, `>`, `>=`, `=` and `between a and b` for the sort key. Types of values are those of the key schema.
   */
  readonly key?: string | undefined;
  /** With `key`: descending order of the sort key; default false. */
  readonly reverse?: boolean | undefined;
  /** Uses strongly consistent reads, at twice the cost; default false. */
  readonly consistentRead?: boolean | undefined;
  /** Conditions such as `state = open and total >= 100`, all of which must hold; DynamoDB evaluates them. */
  readonly where?: string | readonly string[] | undefined;
  /** A DynamoDB filter expression. Attribute names need no aliases; double-quote those with special characters. */
  readonly filter?: string | undefined;
  /** Attributes to return: `["id", "address.city", "lines[0]"]`, or the same separated by commas. */
  readonly projection?: string | readonly string[] | undefined;
  /**
   * Values of the filter, by name with or without the colon. Strings, numbers, bigints, booleans, null, bytes
   * (`Uint8Array`), arrays, sets and objects become the same types of DynamoDB; `{ N: "1" }` is DynamoDB JSON.
   */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Your own `#` names: `{ "#s": "state" }`. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** Maximum number of items; at least 1. */
  readonly limit?: number | undefined;
  /** Segments of this run, of which up to 12 are read concurrently; default `auto`, by the table's size. */
  readonly segments?: number | "auto" | undefined;
  /** One of `count` equal slices of the table, counted from 0, for several machines; default: the whole table. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Maximum read capacity units per second, on average; default: no limit. */
  readonly maxRcu?: number | undefined;
  /**
   * A file that records progress about once a second. A run with the same options resumes from it. A page counts as
   * done when the item after its last one is requested, so a resumed scan may return a few items twice but loses none.
   * After a complete scan, it returns nothing more.
   */
  readonly checkpoint?: string | undefined;
  /** Seconds without a response after which a request is retried; at least 1, default 30. */
  readonly timeoutSeconds?: number | undefined;
}

/** Options of {@link readTableExport}. */
export interface ReadTableExportOptions extends ReadingConnection, BucketOptions, ItemForm {
  /** The export's folder, `s3://BUCKET/PREFIX/AWSDynamoDB/ID/`, or its `manifest-summary.json`. */
  readonly url: string;
  /** Maximum number of items. */
  readonly limit?: number | undefined;
  /** Seconds without data after which a request is retried; at least 1, default 20. */
  readonly readTimeoutSeconds?: number | undefined;
}
