import type { Item, ScanTableOptions } from "./options.js";

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
