import type { Item, ScanTableOptions } from "./options.js";

/**
 * Reads a DynamoDB table or index completely, item by item. Reads several segments concurrently and slows down when
 * throttled.
 *
 * Items are read on demand: at most 12 pages wait for a slow reader, and no request is sent meanwhile. Leaving the
 * loop, or aborting, cancels requests in flight and closes all connections. Before the first item is requested, nothing
 * is sent or validated: errors in options are thrown with the first item. Binary values are returned as base64.
 *
 * @throws UsageError `ERR_ARGUMENT`, `ERR_SETTING` for options, `ERR_INPUT` and `ERR_CONFLICT` for a checkpoint,
 *   `ERR_CREDENTIALS` when the provider fails; ServiceError and NetworkError from DynamoDB.
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
