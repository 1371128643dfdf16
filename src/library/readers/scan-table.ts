import type { ReadingConnection } from "./read-archive.js";

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

/**
 * Reads a DynamoDB table, or an index of one, to its last page, item by item: several segments at once, throttling met
 * by asking for less.
 *
 * Items come as they are asked for: at most 12 pages wait for a slow reader, and no request is sent meanwhile. Leaving
 * the loop, or aborting, cancels what is under way and closes every connection. Nothing is sent before the first item is
 * asked for, and nothing is looked at: errors of the options too come with the first item. Binary values come as base64.
 *
 * @throws UsageError `ERR_ARGUMENT`, `ERR_SETTING` for options, `ERR_INPUT` and `ERR_CONFLICT` for a checkpoint,
 *   `ERR_CREDENTIALS` when the provider fails; ServiceError and NetworkError as DynamoDB answers.
 * @example
 * ```ts
 * import { fromRolesAnywhere, scanTable } from "rolesanywhere-ts";
 *
 * const open = scanTable({
 *   credentials: fromRolesAnywhere({ … }),
 *   region: "us-east-1",
 *   table: "orders",
 *   filter: "state = :state AND total >= :least",
 *   values: { state: "open", least: 100 },
 *   projection: ["id", "state", "total"],
 * });
 * for await (const { id, total } of open) console.log(id, total);
 * ```
 */
export async function* scanTable(options: ScanTableOptions): AsyncGenerator<Item, void, undefined> {
  const { readItemBatches } = await import("./table-items.js");
  for await (const items of readItemBatches(options)) {
    for (const item of items) {
      options.signal?.throwIfAborted();
      yield item;
    }
  }
}
