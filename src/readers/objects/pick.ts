import { parseGlob } from "../glob.js";
import { inputError } from "../input-error.js";
import { formatBytes } from "../output/quantities.js";
import type { ListedObject } from "../s3/object-store.js";
import { message, setting } from "../../message.js";
import type { Text } from "../../message.js";

const shownObjects = 10;
const dataNames = /\.(?:zip|csv|tsv|gz|gzip|zst|zstd|tar|tgz|tzst)$/i;

/**
 * Chooses the objects to read under a prefix. Folder markers, dot files and names that begin with an underscore are
 * never data. If some names have an extension of data files, the others are not data either.
 *
 * @param pick The value of `--pick`, if given.
 * @throws UsageError `ERR_INPUT` when no object is left, or several are left without a `pick`.
 */
export function pickObjects(
  objects: readonly ListedObject[],
  prefix: string,
  location: string,
  pick: string | undefined,
): readonly ListedObject[] {
  const readable = objects.filter(({ key }) => isReadable(key));
  const named = readable.filter(({ key }) => dataNames.test(key));
  const candidates = named.length > 0 ? named : readable;
  if (pick === "all" && candidates.length > 0) return candidates;
  if (pick === "first" && candidates.length > 0) return candidates.slice(0, 1);
  if (pick === "newest" && candidates.length > 0) return [newest(candidates)];
  if (pick !== undefined && !["all", "first", "newest"].includes(pick)) {
    const matches = parseGlob(pick, setting("pick"));
    const matching = readable.filter(({ key }) => matches(key.slice(prefix.length)) || matches(key));
    if (matching.length > 0) return matching;
    throw inputError(location, message`nothing there matches ${setting("pick")} "${pick}"`, describe(objects));
  }
  if (candidates.length === 1) return candidates;
  if (candidates.length === 0) {
    throw inputError(
      location,
      objects.length === 0 ? "there is nothing" : "there is no object to read",
      describe(objects),
    );
  }
  throw inputError(location, `there are ${candidates.length} objects, expected one`, [
    message`choose with ${setting("pick", "newest")}, ${setting("pick", "first")}, ${setting("pick", "all")} or ${setting("pick", "GLOB")}`,
    ...describe(candidates),
  ]);
}

/** Tells whether the name of a key may be that of data. */
export function isReadable(key: string): boolean {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return name !== "" && !name.startsWith(".") && !name.startsWith("_");
}

function newest(objects: readonly ListedObject[]): ListedObject {
  return objects.reduce((best, object) => (object.lastModified > best.lastModified ? object : best));
}

function describe(objects: readonly ListedObject[]): readonly Text[] {
  if (objects.length === 0)
    return [message`check ${setting("bucket")}, ${setting("folder")} and the day; prefixes are case-sensitive`];
  const lines = objects
    .slice(0, shownObjects)
    .map(
      ({ key, size, lastModified }) =>
        `found ${key} (${formatBytes(size)}, ${lastModified.toISOString().slice(0, 19)}Z)`,
    );
  return objects.length > shownObjects ? [...lines, `and ${objects.length - shownObjects} more`] : lines;
}
