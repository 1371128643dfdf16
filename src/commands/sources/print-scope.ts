import { accountOf, parseRoleArn, parseTrustAnchorArn, partitionOf } from "../../aws/arn.js";
import { partitionOfRegion } from "../../aws/partition.js";
import { UsageError } from "../../errors.js";
import { describeOrigin } from "../../origin.js";
import type { Lookup } from "../../settings/lookup.js";
import type { ReadText } from "../../settings/hop-parameters.js";
import { findScope } from "../../settings/scope-settings.js";
import type { ScopePlace } from "../../vending/scope/compose.js";
import { parseScope, withPolicy } from "../../vending/scope/scope.js";
import type { OptionTable } from "../line/arguments.js";
import { pickFlags } from "../line/pick-flags.js";
import type { Invocation } from "../invocation.js";
import { certificateOptions } from "./credential-source.js";
import { readSources } from "./resolve-settings.js";

export const printScopeOptions = {
  "print-scope": {
    kind: "boolean",
    group: "Scope",
    describe: "print the policy of the scope and exit, without asking AWS",
  },
} as const satisfies OptionTable;

interface ScopeSources {
  readonly lookup: Lookup;
  readonly readText: ReadText;
}

/**
 * Formats the policies of the scope for people. Needs no certificate.
 *
 * @param leastPrivilege The policy of `--least-privilege`.
 *
 * @throws UsageError
 */
export function formatScope(
  { lookup, readText }: ScopeSources,
  leastPrivilege?: (place: ScopePlace) => object,
): string {
  const place = findPlace(lookup);
  const found = findScope(lookup, readText);
  const given = leastPrivilege === undefined ? found : withPolicy(found, leastPrivilege, "least-privilege")(place);
  const policies = given === undefined ? [] : parseScope(given, place).policies;
  const documents: readonly unknown[] = policies.map((text): unknown => JSON.parse(text));
  if (documents.length === 0) {
    throw new UsageError("ERR_SETTING", "--print-scope is given, and no scope has a policy", {
      hints: ["add --scope NAME=RESOURCE or --scope-policy JSON"],
    });
  }
  return `${JSON.stringify(documents.length === 1 ? documents[0] : documents, undefined, 2)}\n`;
}

/** Does the same for commands that accept any credentials. */
export function formatScopeOf(
  options: Readonly<Record<string, unknown>>,
  leastPrivilege: ((place: ScopePlace) => object) | undefined,
  invocation: Invocation,
): string {
  return formatScope(readSources(pickFlags(options, certificateOptions), invocation), leastPrivilege);
}

function findPlace(lookup: Lookup): ScopePlace {
  const chained = lookup.list("assume-role-arn");
  const role = lookup.string("role-arn");
  const named = chained === undefined ? role : { value: chained.value.at(-1) ?? "", origin: chained.origin };
  const arn = named && parseRoleArn(named.value, describeOrigin(named.origin)).text;
  const anchor = lookup.string("trust-anchor-arn");
  const region =
    lookup.string("region")?.value ??
    (anchor && parseTrustAnchorArn(anchor.value, describeOrigin(anchor.origin)).region);
  return {
    partition: arn === undefined ? partitionOfRegion(region ?? "").name : partitionOf(arn),
    region,
    accountId: arn && accountOf(arn),
  };
}
