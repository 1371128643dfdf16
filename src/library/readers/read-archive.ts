import type { Row } from "../../readers/rows/objects.js";
import type { ReadArchiveOptions } from "./options.js";

/**
 * Reads CSV from archives on S3, row by row: ZIP and tar with any number of members, gzip, zstd or plain text,
 * detected by content.
 *
 * Rows are read on demand: at most 12 MiB are fetched ahead of a slow reader. Members are read with several concurrent
 * range requests, resumed after a broken connection, and checked against their CRC-32. A tar archive has no directory and is
 * read from start to end. Leaving the loop, or aborting,
 * cancels requests in flight and closes all connections. Before the first row is requested, nothing is sent or
 * validated: errors in options are thrown with the first row.
 *
 * A row has the columns of its own member, unless `columns` or `infer` fixes them for all. Cells are text or null; with
 * `infer` also numbers, booleans, and bigints for integers beyond 2^53.
 *
 * @throws UsageError `ERR_ARGUMENT`, `ERR_CONFLICT` for options, `ERR_INPUT` for invalid data, `ERR_CREDENTIALS` when
 *   the provider fails; ServiceError and NetworkError from S3.
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
