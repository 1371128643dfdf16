import { parseRoleArn } from "../aws/arn.js";
import type { Hop } from "../aws/assume-role.js";
import { parseChainedDuration, parseRoleSessionName } from "../aws/duration.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import { parseHopDocument, parseHops } from "./hop-document.js";
import { parseExternalId, parsePolicy, onlyOne, parseSourceIdentity, parseTag } from "./hop-parameters.js";
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
  /** Chained roles that a program gives as objects; they override those of any text. */
  readonly hops?: Sourced<readonly unknown[]> | undefined;
}

/**
 * The chained roles: `--hops file://…` gives each its own parameters, else `--assume-role-arn` names them and the other
 * flags apply to the last.
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
    const value = index === arns.value.length - 1 ? { RoleArn, ...lastHopParameters(sources) } : { RoleArn };
    return { value, origin: arns.origin };
  });
}

function lastHopParameters({ lookup, readText }: HopSources): Omit<Hop, "RoleArn"> {
  const name = lookup.string("assume-session-name");
  const duration = lookup.integer("assume-duration");
  const externalId = lookup.string("external-id");
  const sourceIdentity = lookup.string("source-identity");
  const policy = lookup.string("policy");
  const policyArns = lookup.list("policy-arn");
  const tags = lookup.list("tag");
  const transitive = lookup.list("transitive-tag-key");
  return {
    ...(name === undefined ? {} : { RoleSessionName: parseRoleSessionName(name.value, describeOrigin(name.origin)) }),
    ...(duration === undefined
      ? {}
      : { DurationSeconds: parseChainedDuration(duration.value, describeOrigin(duration.origin)) }),
    ...(externalId === undefined
      ? {}
      : { ExternalId: parseExternalId(externalId.value, describeOrigin(externalId.origin)) }),
    ...(sourceIdentity === undefined
      ? {}
      : { SourceIdentity: parseSourceIdentity(sourceIdentity.value, describeOrigin(sourceIdentity.origin)) }),
    ...(policy === undefined ? {} : { Policy: parsePolicy(policy, readText) }),
    ...(policyArns === undefined
      ? {}
      : {
          PolicyArns: policyArns.value.map((arn) => ({
            arn: onlyOne(arn, describeOrigin(policyArns.origin)),
          })),
        }),
    ...(tags === undefined ? {} : { Tags: tags.value.map((tag) => parseTag(tag, describeOrigin(tags.origin))) }),
    ...(transitive === undefined
      ? {}
      : {
          TransitiveTagKeys: transitive.value.map((key) => onlyOne(key, describeOrigin(transitive.origin))),
        }),
  };
}
