import type { AwsCredentials, CredentialProvider } from "../../aws/credentials.js";
import type { RaggedPolicy } from "../../readers/csv/scanner.js";
import type { Encoding } from "../../readers/csv/encodings.js";
import type { ArchivePlace } from "../../readers/objects/query.js";

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

/** Options of {@link readArchive}. */
export interface ReadArchiveOptions extends ArchivePlace, ReadingConnection {
  /** Globs of members to read; default: every `*.csv`, in any case. */
  readonly member?: string | readonly string[] | undefined;
  /** Globs of members to leave out. */
  readonly exclude?: string | readonly string[] | undefined;
  /** Bytes out for each byte in beyond which a member above 64 MiB is refused as a bomb; at least 1, default 250. */
  readonly maxExpansion?: number | undefined;
  /** One character, or `auto` for a guess from each member's beginning; default a comma unless the first line has none. */
  readonly delimiter?: string | undefined;
  /** `first` (the default), `none` for `column_1` and so on, or the names for files without a header. */
  readonly header?: "first" | "none" | readonly string[] | undefined;
  /** Lines to ignore at the start of each member; default 0. */
  readonly skip?: number | undefined;
  /** A character; lines that begin with it are ignored. */
  readonly comment?: string | undefined;
  /** The character around fields, or `none`; default a double quote. */
  readonly quote?: string | undefined;
  /** A character that takes the meaning from a quote, separator, line end or itself behind it; default: none. */
  readonly escape?: string | undefined;
  /** Cells of these texts are null; default: none is. */
  readonly null?: string | readonly string[] | undefined;
  /** Types of columns, instead of inferring them. */
  readonly types?:
    | Readonly<Record<string, "text" | "integer" | "number" | "boolean" | "date" | "timestamp" | "datetime">>
    | undefined;
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
  /** Conditions such as `amount >= 100 and state in (open, 'on hold')`, all of which must hold. */
  readonly where?: string | readonly string[] | undefined;
  /** Adds the columns `source_key` and `source_member`; default false. */
  readonly sourceColumn?: boolean | undefined;
  /** Rows at most. */
  readonly limit?: number | undefined;
  /** Seconds without data after which a request is sent again; at least 1, default 20. */
  readonly readTimeoutSeconds?: number | undefined;
  /** Called with notes on what was changed or left out, such as ragged rows, days without data and inferred types. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** One item of a table, by the names of its attributes. */
export type Item = Readonly<Record<string, JsonValue>>;

/** How items come. */
export interface ItemForm {
  /**
   * `auto` (the default): a number where it holds what is stored exactly, else a string. `string`: always a string.
   * `number`: always a number, rounded where need be.
   */
  readonly numbers?: "auto" | "string" | "number" | undefined;
  /** `tagged` gives sets as `{ SS: […] }`, `{ NS: […] }`, `{ BS: […] }`, to tell them from lists; default `array`. */
  readonly sets?: "array" | "tagged" | undefined;
  /** Gives DynamoDB JSON as it came: `{ id: { S: "1" } }`; default false. */
  readonly typed?: boolean | undefined;
}

/** Options of {@link scanTable}; each is the flag of `scan` of the same name. Items come in no order. */
export interface ScanTableOptions extends ReadingConnection, ItemForm {
  /** Name or ARN of the table; an ARN says the region too. */
  readonly table: string;
  /** Reads this index of the table. */
  readonly index?: string | undefined;
  /** Reads strongly consistently, at twice the cost; default false. */
  readonly consistentRead?: boolean | undefined;
  /** Conditions such as `state = open and total >= 100`, all of which must hold; DynamoDB evaluates them. */
  readonly where?: string | readonly string[] | undefined;
  /** A DynamoDB filter expression; attribute names stand for themselves, odd ones in double quotes. */
  readonly filter?: string | undefined;
  /** Attributes to return: `["id", "address.city", "lines[0]"]`, or the same with commas between. */
  readonly projection?: string | readonly string[] | undefined;
  /**
   * Values of the filter, by name with or without the colon. Strings, numbers, bigints, booleans, null, bytes
   * (`Uint8Array`), arrays, sets and objects are as DynamoDB has them; `{ N: "1" }` is DynamoDB JSON.
   */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Your own `#` names: `{ "#s": "state" }`. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** Items at most; at least 1. */
  readonly limit?: number | undefined;
  /** Segments of this run, at most 12 of them read at once; default `auto`, by the table's size. */
  readonly segments?: number | "auto" | undefined;
  /** One of `count` equal slices of the table, counted from 0, for several machines; default: the whole table. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Read capacity units to spend a second, on average; default: no ceiling. */
  readonly maxRcu?: number | undefined;
  /**
   * A file that keeps how far the scan has come, about once a second; run again with the same options the scan goes on
   * from it. A page counts as done when the item after its last one is asked for, so after a stop a few items come
   * twice and none is lost. Once the scan was complete, it gives nothing more.
   */
  readonly checkpoint?: string | undefined;
  /** Silence of the service in seconds after which a request is tried again; at least 1, default 30. */
  readonly timeoutSeconds?: number | undefined;
}

/** Options of {@link readTableExport}. */
export interface ReadTableExportOptions extends ReadingConnection, ItemForm {
  /** The export's folder, `s3://BUCKET/PREFIX/AWSDynamoDB/ID/`, or its `manifest-summary.json`. */
  readonly url: string;
  /** Items at most. */
  readonly limit?: number | undefined;
  /** Seconds without data after which a request is sent again; at least 1, default 20. */
  readonly readTimeoutSeconds?: number | undefined;
}
