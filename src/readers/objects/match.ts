import { message, setting } from "../../message.js";
import { parseGlob } from "../glob.js";
import { inputError } from "../input-error.js";
import { formatLocation } from "../s3/object-store.js";
import type { ListedObject } from "../s3/object-store.js";
import type { PersistentStore } from "../s3/persistent-store.js";
import type { FoundObject } from "./found-object.js";
import { isReadable, pickObjects } from "./pick.js";
import { isGlob } from "./query.js";
import type { ObjectLocation, ObjectQuery } from "./query.js";

const shownKeys = 5;

/**
 * Lists the objects of each URL in turn. A glob that ends in a slash names folders: each matching folder gives one object,
 * chosen as under a prefix. Any other glob gives all keys that match it, in the order of their names.
 *
 * @throws UsageError `ERR_INPUT` when a glob matches nothing; `ERR_ARGUMENT` for a glob that cannot be read.
 */
export async function findMatches(
  { locations, pick }: Extract<ObjectQuery, { readonly kind: "globs" }>,
  store: Pick<PersistentStore, "list">,
): Promise<readonly FoundObject[]> {
  const found: FoundObject[] = [];
  for (const location of locations) {
    if (isGlob(location.key)) {
      const matching = await matchKeys(location, pick, store);
      found.push(...matching.map((listed) => ({ bucket: location.bucket, key: listed.key, listed })));
    } else found.push({ ...location, listed: undefined });
  }
  return found;
}

async function matchKeys(
  { bucket, key: glob }: ObjectLocation,
  pick: string | undefined,
  store: Pick<PersistentStore, "list">,
): Promise<readonly ListedObject[]> {
  const location = formatLocation({ bucket, key: glob });
  const namesFolders = glob.endsWith("/");
  // The leading slash keeps a glob without one from matching in every folder.
  const matches = parseGlob(`/${namesFolders ? glob.slice(0, -1) : glob}`, location);
  const literal = literalPrefix(glob);
  const listed: ListedObject[] = [];
  const folders = new Map<string, ListedObject[]>();
  for await (const object of store.list(bucket, literal)) {
    listed.push(object);
    const key = namesFolders ? findFolder(object.key, matches) : literal;
    if (key === undefined || !(namesFolders || (isReadable(object.key) && matches(`/${object.key}`)))) continue;
    const folder = folders.get(key);
    if (folder === undefined) folders.set(key, [object]);
    else folder.push(object);
  }
  const chosen = [...folders].flatMap(([folder, objects]) =>
    namesFolders || pick !== undefined
      ? pickObjects(objects, folder, formatLocation({ bucket, key: folder }), pick)
      : objects,
  );
  if (chosen.length > 0) return chosen;
  throw inputError(location, namesFolders ? "no folder matches" : "no key matches", [
    "* and ? match within a folder, ** across folders; keys are case-sensitive",
    message`a key that contains *, ? or [ goes with ${setting("bucket")} and ${setting("key")}`,
    ...listed.slice(0, shownKeys).map(({ key }) => `found ${key}`),
  ]);
}

/** Returns the part of a glob that all its keys begin with. */
export function literalPrefix(glob: string): string {
  return /^[^*?[{\\]*/.exec(glob)?.[0] ?? "";
}

/** Returns the longest folder of a key that matches, with its slash. */
function findFolder(key: string, matches: (name: string) => boolean): string | undefined {
  for (let end = key.lastIndexOf("/"); end > 0; end = key.lastIndexOf("/", end - 1)) {
    if (matches(`/${key.slice(0, end)}`)) return key.slice(0, end + 1);
  }
  return undefined;
}
