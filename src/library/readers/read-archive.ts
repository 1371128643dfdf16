import type { Row } from "../../readers/rows/objects.js";
import type { ReadArchiveOptions } from "./options.js";

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
