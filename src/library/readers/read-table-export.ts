import type { Item, ReadTableExportOptions } from "./options.js";

/**
 * Reads the items of a DynamoDB export to S3, full or incremental, in the order of its manifest. Each data file is held
 * against the number of items that the manifest gives it.
 *
 * Back-pressure, leaving early and errors are those of {@link readArchive}; items are those of {@link scanTable}, and of
 * an incremental export `{ Keys, NewImage, OldImage, Metadata }`.
 *
 * @throws UsageError `ERR_ARGUMENT` for options, `ERR_INPUT` when it is not a finished export in DynamoDB JSON,
 *   `ERR_CREDENTIALS` when the provider fails; ServiceError and NetworkError as S3 answers.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 * @example
 * ```ts
 * import { fromRolesAnywhere, readTableExport } from "rolesanywhere-ts";
 *
 * const url = "s3://acme/export/AWSDynamoDB/01700000000000-abcdef01/";
 * for await (const item of readTableExport({ credentials: fromRolesAnywhere({ … }), url })) console.log(item["id"]);
 * ```
 */
export async function* readTableExport(options: ReadTableExportOptions): AsyncGenerator<Item, void, undefined> {
  const { readExportBatches } = await import("./export-items.js");
  for await (const items of readExportBatches(options)) {
    for (const item of items) {
      options.signal?.throwIfAborted();
      yield item;
    }
  }
}
