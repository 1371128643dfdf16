import { inputError } from "../input-error.js";
import type { FoundObject } from "./found-object.js";
import { findMatches } from "./match.js";
import { fillKeyTemplate, formatDay } from "./key-template.js";
import type { Day } from "./key-template.js";
import type { ObjectQuery } from "./query.js";
import { mapAhead } from "../map-ahead.js";
import { isReadable, pickObjects } from "./pick.js";
import type { ListedObject } from "../s3/object-store.js";
import type { PersistentStore } from "../s3/persistent-store.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";

export interface FoundObjects {
  readonly objects: readonly FoundObject[];
  readonly missingDays: readonly Day[];
}

const listingsAhead = 8;

/** @throws UsageError `ERR_INPUT` when a prefix has no data, or several objects and no `--pick`. */
export async function findObjects(query: ObjectQuery, store: Pick<PersistentStore, "list">): Promise<FoundObjects> {
  if (query.kind === "keys") {
    return { objects: query.locations.map((location) => ({ ...location, listed: undefined })), missingDays: [] };
  }
  if (query.kind === "globs") return { objects: await findMatches(query, store), missingDays: [] };
  const { bucket, template, folder, days, pick, skipMissing } = query;
  const lookups = (days.length === 0 ? [undefined] : days).map((day) => ({
    day,
    prefix: fillKeyTemplate(template, { folder, day }),
  }));
  const objects: FoundObject[] = [];
  const missingDays: Day[] = [];
  const listings = mapAhead(lookups, listingsAhead, async ({ day, prefix }) => {
    const listed: ListedObject[] = [];
    for await (const object of store.list(bucket, prefix)) listed.push(object);
    return { day, prefix, listed };
  });
  for await (const { day, prefix, listed } of listings) {
    const exact = listed.filter(({ key }) => key === prefix && isReadable(key));
    const location = `s3://${bucket}/${prefix}`;
    if (day !== undefined && !listed.some(({ key }) => isReadable(key))) {
      missingDays.push(day);
      if (skipMissing) continue;
      throw inputError(
        location,
        `there is nothing to read for ${formatDay(day)}`,
        missingHints(listed, days.length > 1),
      );
    }
    const chosen = exact.length > 0 ? exact : pickObjects(listed, prefix, location, pick);
    objects.push(...chosen.map((object) => ({ bucket, key: object.key, listed: object })));
  }
  if (objects.length === 0) {
    throw inputError(`s3://${bucket}/${lookups[0]?.prefix ?? ""}`, "there is nothing to read for any of the days", [
      message`check ${setting("bucket")}, ${setting("folder")} and ${setting("key-template")}; prefixes are case-sensitive`,
    ]);
  }
  return { objects, missingDays };
}

function missingHints(listed: readonly ListedObject[], severalDays: boolean): readonly Text[] {
  const hints: Text[] = [
    message`check ${setting("bucket")}, ${setting("folder")} and ${setting("key-template")}; prefixes are case-sensitive`,
  ];
  if (severalDays) hints.push(message`give ${setting("skip-missing")} if days without data are expected`);
  return [...hints, ...listed.slice(0, 5).map(({ key }) => `found ${key}, whose name is not that of data`)];
}
