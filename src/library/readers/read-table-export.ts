import type { Item, ReadTableExportOptions } from "./options.js";

/**
 * Reads the items of a DynamoDB export to S3, full or incremental, in the order of its manifest. Checks the number of
 * items in each data file against the manifest.
 *
 * Back-pressure, leaving early and errors are as in {@link readArchive}; items are as in {@link scanTable}, or `{ Keys,
 * NewImage, OldImage, Metadata }` from an incremental export.
 *
 * @throws UsageError `ERR_ARGUMENT` for options, `ERR_INPUT` when it is not a complete export in DynamoDB JSON,
 *   `ERR_CREDENTIALS` when the provider fails; ServiceError and NetworkError from S3.
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
