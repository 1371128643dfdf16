import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import { textOf } from "./hop-parameters.js";
import type { ReadText } from "./hop-parameters.js";
import type { Lookup } from "./lookup.js";

/** The scope as given. It is parsed only when a session is created, because few runs have one. */
export interface ScopeSettings {
  /** Ready-made scopes, such as `s3-read=BUCKET`. */
  readonly readyMade: Sourced<readonly string[]> | undefined;
  /** JSON text of one policy, or of an array of them. */
  readonly policy: Sourced<string> | undefined;
  readonly durationSeconds: Sourced<number> | undefined;
  readonly description: Sourced<string> | undefined;
}

/** @throws UsageError `ERR_SETTING` when the file of the policy cannot be read. */
export function findScope(lookup: Lookup, readText: ReadText): ScopeSettings | undefined {
  const policy = lookup.string("scope-policy");
  const scope = {
    readyMade: lookup.list("scope"),
    policy: policy && { ...policy, value: textOf(policy.value, readText, describeOrigin(policy.origin)) },
    durationSeconds: lookup.integer("scope-duration"),
    description: lookup.string("scope-description"),
  };
  return Object.values(scope).some(Boolean) ? scope : undefined;
}
