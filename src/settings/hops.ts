import { parseRoleArn } from "../aws/arn.js";
import type { AssumeRoleParameters } from "../aws/assume-role.js";
import { isSessionName, parseChainedDuration, parseRoleSessionName } from "../aws/duration.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import type { Lookup } from "./lookup.js";

const maximumHops = 8;
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
  readonly readText: (path: string, subject: Text) => string;
}

/**
 * The hops after the first session: `--hops file://…` gives each its own parameters, else `--assume-role-arn` names
 * them and the other flags apply to the last.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_ARN`, `ERR_CONFLICT`
 */
export function resolveHops(sources: HopSources): readonly Sourced<AssumeRoleParameters>[] {
  const { lookup } = sources;
  const arns = lookup.list("assume-role-arn");
  const document = lookup.string("hops");
  if (arns !== undefined && document !== undefined && document.origin.kind === arns.origin.kind) {
    throw new UsageError(
      "ERR_CONFLICT",
      message`${describeOrigin(arns.origin)} and ${describeOrigin(document.origin)} exclude each other`,
      {
        hints: ["put every hop into the hops document, or leave the document out"],
      },
    );
  }
  const fromDocument = document !== undefined && (arns === undefined || document.origin.kind === "flag");
  const hops = fromDocument ? hopsOfDocument(document, sources) : hopsOfFlags(arns, sources);
  if (hops.length > maximumHops) {
    throw new UsageError("ERR_SETTING", `${hops.length} hops are given, expected at most ${maximumHops}`, {
      hints: ["shorten the chain of roles"],
    });
  }
  return hops;
}

function hopsOfFlags(
  arns: Sourced<readonly string[]> | undefined,
  sources: HopSources,
): readonly Sourced<AssumeRoleParameters>[] {
  const { lookup } = sources;
  if (arns === undefined || arns.value.length === 0) {
    const stray = lastHopSettings.map((name) => lookup.list(name)).find((found) => found?.origin.kind === "flag");
    if (stray === undefined) return [];
    throw new UsageError(
      "ERR_SETTING",
      message`${describeOrigin(stray.origin)} belongs to a hop, but no hop is asked for`,
      {
        hints: [message`name the role of the hop with ${setting("assume-role-arn")}`],
      },
    );
  }
  const subject = describeOrigin(arns.origin);
  return arns.value.map((text, index) => {
    const RoleArn = parseRoleArn(text, subject).text;
    const value = index === arns.value.length - 1 ? { RoleArn, ...lastHopParameters(sources) } : { RoleArn };
    return { value, origin: arns.origin };
  });
}

function lastHopParameters({ lookup, readText }: HopSources): Omit<AssumeRoleParameters, "RoleArn"> {
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
    ...(policyArns === undefined ? {} : { PolicyArns: policyArns.value.map((arn) => ({ arn })) }),
    ...(tags === undefined ? {} : { Tags: tags.value.map((tag) => parseTag(tag, describeOrigin(tags.origin))) }),
    ...(transitive === undefined ? {} : { TransitiveTagKeys: transitive.value }),
  };
}

/** @throws UsageError `ERR_SETTING` unless `key=value` with a key of 1-128 and a value of at most 256 characters. */
export function parseTag(text: string, subject: Text): { readonly Key: string; readonly Value: string } {
  const equals = text.indexOf("=");
  const [Key, Value] = [text.slice(0, Math.max(equals, 0)), text.slice(equals + 1)];
  if (equals < 1 || Key.length > 128 || Value.length > 256) {
    throw new UsageError("ERR_SETTING", message`${subject} is "${text}", expected key=value`, {
      hints: [message`write ${subject} team=data, for example`],
    });
  }
  return { Key, Value };
}

/** @throws UsageError `ERR_SETTING` */
export function parseExternalId(text: string, subject: Text): string {
  if (/^[\w+=,.@:/-]{2,1224}$/.test(text)) return text;
  throw new UsageError("ERR_SETTING", message`${subject} is not 2-1224 characters of A-Z a-z 0-9 _ + = , . @ : / -`, {
    hints: ["take the external id exactly as the role's trust policy has it"],
  });
}

/** @throws UsageError `ERR_SETTING` */
export function parseSourceIdentity(text: string, subject: Text): string {
  if (isSessionName(text)) return text;
  throw new UsageError(
    "ERR_SETTING",
    message`${subject} is "${text}", expected 2-64 characters of A-Z a-z 0-9 _ + = , . @ - that do not begin with aws:`,
    {
      hints: ["Roles Anywhere has already set a source identity, which a hop may not change: leave this out"],
    },
  );
}

/**
 * A session policy: the JSON text itself, or `file://PATH`.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function parsePolicy({ value, origin }: Sourced<string>, readText: HopSources["readText"]): string {
  const subject = describeOrigin(origin);
  const text = value.startsWith("file://") ? readText(value.slice(7), subject) : value;
  const policy = parseJson(text, subject, "write the policy document itself, or file://policy.json");
  if (typeof policy === "object" && policy !== null && !Array.isArray(policy)) return text.trim();
  throw new UsageError("ERR_SETTING", message`${subject} is no policy document`, {
    hints: ["expected a JSON object with Version and Statement"],
  });
}

const stringMembers = [
  "RoleSessionName",
  "ExternalId",
  "SourceIdentity",
  "SerialNumber",
  "TokenCode",
  "Policy",
] as const;
const knownMembers = new Set<string>([
  "RoleArn",
  "DurationSeconds",
  "PolicyArns",
  "Tags",
  "TransitiveTagKeys",
  ...stringMembers,
]);

function hopsOfDocument(
  { value, origin }: Sourced<string>,
  { readText }: HopSources,
): readonly Sourced<AssumeRoleParameters>[] {
  const subject = describeOrigin(origin);
  const text = value.startsWith("file://") ? readText(value.slice(7), subject) : value;
  const document = parseJson(
    text,
    subject,
    "write file://hops.json, an array of objects in AssumeRole's own parameter names",
  );
  if (!Array.isArray(document) || document.length === 0) {
    throw new UsageError("ERR_SETTING", message`${subject} holds no JSON array of hops`, {
      hints: ['write [{"RoleArn": "arn:aws:iam::111122223333:role/NAME"}]'],
    });
  }
  return document.map((hop: unknown, index) => ({
    value: parseHop(hop, message`hop ${index + 1} of ${subject}`),
    origin,
  }));
}

function parseHop(hop: unknown, subject: Text): AssumeRoleParameters {
  if (typeof hop !== "object" || hop === null || Array.isArray(hop)) throw memberError(subject, "is no JSON object");
  const members = hop as Readonly<Record<string, unknown>>;
  const stray = Object.keys(members).find((name) => !knownMembers.has(name));
  if (stray !== undefined)
    throw memberError(subject, `has the unknown member "${stray}"; expected ${[...knownMembers].join(", ")}`);
  const { RoleArn, RoleSessionName, DurationSeconds, ExternalId, SourceIdentity } = members;
  if (typeof RoleArn !== "string") throw memberError(subject, 'lacks "RoleArn"');
  for (const name of stringMembers) {
    if (members[name] !== undefined && typeof members[name] !== "string")
      throw memberError(subject, `has "${name}" that is no string`);
  }
  if (DurationSeconds !== undefined && typeof DurationSeconds !== "number")
    throw memberError(subject, 'has "DurationSeconds" that is no number');
  refuseMalformedLists(members, subject);
  parseRoleArn(RoleArn, message`RoleArn of ${subject}`);
  if (RoleSessionName !== undefined)
    parseRoleSessionName(RoleSessionName as string, message`RoleSessionName of ${subject}`);
  if (DurationSeconds !== undefined) parseChainedDuration(DurationSeconds, message`DurationSeconds of ${subject}`);
  if (ExternalId !== undefined) parseExternalId(ExternalId as string, message`ExternalId of ${subject}`);
  if (SourceIdentity !== undefined)
    parseSourceIdentity(SourceIdentity as string, message`SourceIdentity of ${subject}`);
  return members as unknown as AssumeRoleParameters;
}

function refuseMalformedLists(members: Readonly<Record<string, unknown>>, subject: Text): void {
  const isList = (value: unknown, member: (item: Record<string, unknown>) => boolean) =>
    Array.isArray(value) &&
    value.every(
      (item: unknown) => typeof item === "object" && item !== null && member(item as Record<string, unknown>),
    );
  const { PolicyArns, Tags, TransitiveTagKeys } = members;
  if (PolicyArns !== undefined && !isList(PolicyArns, ({ arn }) => typeof arn === "string"))
    throw memberError(subject, 'has "PolicyArns" that is no array of {"arn": …}');
  if (Tags !== undefined && !isList(Tags, ({ Key, Value }) => typeof Key === "string" && typeof Value === "string"))
    throw memberError(subject, 'has "Tags" that is no array of {"Key": …, "Value": …}');
  if (
    TransitiveTagKeys !== undefined &&
    !(Array.isArray(TransitiveTagKeys) && TransitiveTagKeys.every((key) => typeof key === "string"))
  )
    throw memberError(subject, 'has "TransitiveTagKeys" that is no array of strings');
}

function memberError(subject: Text, fault: string): UsageError {
  return new UsageError("ERR_SETTING", message`${subject} ${fault}`, {
    hints: ["see AssumeRole in the STS API reference for the members of a hop"],
  });
}

function parseJson(text: string, subject: Text, hint: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new UsageError("ERR_SETTING", message`${subject} is not valid JSON`, { hints: [hint] });
  }
}
