import { parseRoleArn } from "../aws/arn.js";
import type { RoleArnText } from "../aws/arn.js";
import type { Hop } from "../aws/assume-role.js";
import { parseChainedDuration, parseRoleSessionName } from "../aws/duration.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import { parseHopDocument, parseHops, withoutAbsent } from "./hop-document.js";
import { onlyOne, parseExternalId, parsePolicy, parseSourceIdentity, parseTag } from "./hop-parameters.js";
import type { ReadText } from "./hop-parameters.js";
import type { Lookup } from "./lookup.js";

const maxHops = 8;
const lastHopSettings = [
  "assume-session-name",
  "assume-duration",
  "external-id",
  "source-identity",
  "policy",
  "policy-arn",
  "tag",
  "transitive-tag-key",
] as const;

export interface HopSources {
  readonly lookup: Lookup;
  readonly readText: ReadText;
  /** Chained roles that a program gives as objects; they override any text. */
  readonly hops?: Sourced<readonly unknown[]> | undefined;
}

/**
 * Resolves the chained roles: `--hops file://…` sets parameters for each role; otherwise `--assume-role-arn` names them
 * and the other flags apply to the last one.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_ARN`, `ERR_CONFLICT`
 */
export function resolveHops(sources: HopSources): readonly Sourced<Hop>[] {
  const { lookup } = sources;
  const arns = lookup.list("assume-role-arn");
  const document = lookup.string("hops");
  if (arns !== undefined && document !== undefined && document.origin.kind === arns.origin.kind) {
    throw new UsageError(
      "ERR_CONFLICT",
      message`${describeOrigin(arns.origin)} and ${describeOrigin(document.origin)} exclude each other`,
      {
        hints: ["put every role into the document, or leave the document out"],
      },
    );
  }
  const fromDocument = document !== undefined && (arns === undefined || document.origin.kind === "flag");
  const hops =
    sources.hops !== undefined
      ? parsed(parseHops(sources.hops.value, describeOrigin(sources.hops.origin)), sources.hops)
      : fromDocument
        ? parsed(parseHopDocument(document, sources.readText), document)
        : hopsOfFlags(arns, sources);
  const { length } = hops;
  if (length > maxHops) {
    throw new UsageError("ERR_SETTING", `found ${length} chained roles, expected at most ${maxHops}`, {
      hints: ["shorten the chain of roles"],
    });
  }
  return hops;
}

function parsed(hops: readonly Hop[], { origin }: Sourced<unknown>): readonly Sourced<Hop>[] {
  return hops.map((value) => ({ value, origin }));
}

function hopsOfFlags(arns: Sourced<readonly string[]> | undefined, sources: HopSources): readonly Sourced<Hop>[] {
  const { lookup } = sources;
  if (arns === undefined || arns.value.length === 0) {
    const stray = lastHopSettings.map((name) => lookup.list(name)).find((found) => found?.origin.kind === "flag");
    if (stray === undefined) return [];
    throw new UsageError("ERR_SETTING", message`${describeOrigin(stray.origin)} applies only to a chained role`, {
      hints: [message`name that role with ${setting("assume-role-arn")}`],
    });
  }
  const subject = describeOrigin(arns.origin);
  return arns.value.map((text, index) => {
    const RoleArn = parseRoleArn(text, subject).text;
    const value = index === arns.value.length - 1 ? lastHop(RoleArn, sources) : { RoleArn };
    return { value, origin: arns.origin };
  });
}

function lastHop(RoleArn: RoleArnText, { lookup, readText }: HopSources): Hop {
  const parse = <From, To>(found: Sourced<From> | undefined, to: (value: From, subject: Text) => To) =>
    found && to(found.value, describeOrigin(found.origin));
  const policy = lookup.string("policy");
  return withoutAbsent({
    RoleArn,
    RoleSessionName: parse(lookup.string("assume-session-name"), parseRoleSessionName),
    DurationSeconds: parse(lookup.integer("assume-duration"), parseChainedDuration),
    ExternalId: parse(lookup.string("external-id"), parseExternalId),
    SourceIdentity: parse(lookup.string("source-identity"), parseSourceIdentity),
    Policy: policy && parsePolicy(policy, readText),
    PolicyArns: parse(lookup.list("policy-arn"), (arns, subject) =>
      arns.map((arn) => ({ arn: onlyOne(arn, subject) })),
    ),
    Tags: parse(lookup.list("tag"), (tags, subject) => tags.map((tag) => parseTag(tag, subject))),
    TransitiveTagKeys: parse(lookup.list("transitive-tag-key"), (keys, subject) =>
      keys.map((key) => onlyOne(key, subject)),
    ),
  });
}
