import { message, setting } from "../../message.js";
import { inputError } from "../input-error.js";
import type { FoundObject } from "../objects/found-object.js";
import { parsePartitions } from "../objects/partitions.js";
import type { Partitions } from "../objects/partitions.js";
import { formatLocation } from "../s3/object-store.js";
import { columnsOf } from "../select/condition.js";
import type { Condition } from "../select/condition.js";
import { createRowTest } from "../select/row-test.js";
import { batchOfTexts } from "./batch.js";
import type { RowSettings } from "./read.js";

interface PartitionedObjects {
  readonly objects: readonly FoundObject[];
  readonly settings: RowSettings;
}

/**
 * Finds the partitions of the objects, if they become columns, and leaves out objects whose partitions already exclude
 * every row by the conditions. At least one object remains, so that the columns are known.
 *
 * @throws UsageError `ERR_INPUT` if no object has a partition, or one is named like a source column.
 */
export function findPartitions(found: readonly FoundObject[], settings: RowSettings): PartitionedObjects {
  if (!settings.hivePartitioning) return { objects: found, settings };
  const all = found.map((object) => ({ object, partitions: parsePartitions(object) }));
  const [first] = all;
  if (first !== undefined && !all.some(({ partitions }) => partitions.size > 0)) {
    throw inputError(formatLocation(first.object), "no folder of its key has the form NAME=VALUE", [
      message`leave out ${setting("hive-partitioning")}, or name the objects by their whole keys`,
    ]);
  }
  const matching = all.filter(({ partitions }) => mayHaveRows(partitions, settings));
  const objects = matching.length > 0 ? matching : all.slice(0, 1);
  const values = new Map<string, Set<string | undefined>>();
  for (const { object, partitions } of objects) {
    for (const [name, value] of partitions) {
      if (settings.reservedNames.includes(name)) {
        throw inputError(formatLocation(object), `a folder has the name "${name}", which is that of another column`, [
          message`leave out ${setting("source-column")}`,
        ]);
      }
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  const partitions = new Map([...values].map(([name, distinct]) => [name, [...distinct]] as const));
  return { objects: objects.map(({ object }) => object), settings: { ...settings, partitions } };
}

function mayHaveRows(partitions: Partitions, { conditions, nulls }: RowSettings): boolean {
  const names = [...partitions.keys()];
  const values = [...partitions.values()];
  // Whether a blank is null depends on the column's type.
  if (values.includes("")) return true;
  const row = batchOfTexts(names.length, [values]);
  const sourceOf = (name: string) => ({ kind: "cell", column: names.indexOf(name) }) as const;
  return conditions
    .flatMap(partsOf)
    .filter((part) => columnsOf(part).every((name) => partitions.has(name)))
    .every((part) => createRowTest(part, sourceOf, () => nulls)(row, 0));
}

/** The conditions that must all hold. */
function partsOf(condition: Condition): readonly Condition[] {
  return condition.kind === "and" ? condition.conditions.flatMap(partsOf) : [condition];
}
