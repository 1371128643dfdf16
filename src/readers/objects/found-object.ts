import type { ListedObject } from "../s3/object-store.js";
import type { ObjectLocation } from "./query.js";

/** An object to read. `listed` is present only if a listing was needed. */
export interface FoundObject extends ObjectLocation {
  readonly listed: ListedObject | undefined;
}
