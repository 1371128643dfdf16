import { formatLocation } from "../s3/object-store.js";
import { inputError } from "../input-error.js";
import type { ObjectLocation } from "./query.js";

/** Values of the folders `NAME=VALUE` of a key, in their order; undefined is null. */
export type Partitions = ReadonlyMap<string, string | undefined>;

/** What Hive and Spark write for a partition of nulls. */
const nullValue = "__HIVE_DEFAULT_PARTITION__";

/**
 * Parses the partitions of a key as Hive, Spark, DuckDB and pyarrow do: every folder of the form `NAME=VALUE`, both
 * percent-decoded. The object's own name does not count.
 *
 * @throws UsageError `ERR_INPUT` for a name that two folders have.
 */
export function parsePartitions(location: Pick<ObjectLocation, "bucket" | "key">): Partitions {
  const partitions = new Map<string, string | undefined>();
  for (const folder of location.key.split("/").slice(0, -1)) {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(folder) ?? [];
    if (name === "") continue;
    const decoded = decodePercent(name);
    if (partitions.has(decoded)) {
      throw inputError(formatLocation(location), `two of its folders have the name "${decoded}"`, [
        "a row has one value for each partition: rename one of the folders, or read without partitions",
      ]);
    }
    partitions.set(decoded, value === nullValue ? undefined : decodePercent(value));
  }
  return partitions;
}

/** Texts that are not percent-encoded remain as they are. */
function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
