import { parseRoleArn } from "../aws/arn.js";
import type { Hop } from "../aws/assume-role.js";
import { parseChainedDuration, parseRoleSessionName } from "../aws/duration.js";
import { parseJson } from "../aws/json-text.js";
import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import { parseExternalId, parseSourceIdentity, textOf } from "./hop-parameters.js";
import type { ReadText } from "./hop-parameters.js";

/**
 * Parses the text of `--hops`, or the file that it names.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_ARN`
 */
export function parseHopDocument({ value, origin }: Sourced<string>, readText: ReadText): readonly Hop[] {
  const subject = describeOrigin(origin);
  return parseHops(
    parseJson(
      textOf(value, readText, subject),
      subject,
      "write file://roles.json, an array of objects with AssumeRole's own parameters",
    ),
    subject,
  );
}

/**
 * Parses chained roles with AssumeRole's own parameter names. The result is a copy.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_ARN`
 */
export function parseHops(given: unknown, subject: Text): readonly Hop[] {
  if (!Array.isArray(given) || given.length === 0) {
    throw new UsageError("ERR_SETTING", message`${subject} is not a JSON array of roles`, {
      hints: ['write [{"RoleArn": "arn:aws:iam::111122223333:role/NAME"}]'],
    });
  }
  return given.map((hop: unknown, index) => parseHop(hop, message`role ${index + 1} of ${subject}`));
}

const knownMembers = [
  "RoleArn",
  "DurationSeconds",
  "PolicyArns",
  "Tags",
  "TransitiveTagKeys",
  "RoleSessionName",
  "ExternalId",
  "SourceIdentity",
  "SerialNumber",
  "TokenCode",
  "Policy",
] as const satisfies readonly (keyof Hop)[];
type Member = (typeof knownMembers)[number];

function parseHop(hop: unknown, subject: Text): Hop {
  const members = requireObject(hop, subject);
  const member = (name: Member): unknown => members[name];
  const text = (name: Member): string | undefined => {
    const value = member(name);
    if (value === undefined || typeof value === "string") return value;
    throw memberError(subject, `has "${name}" that is not a string`);
  };
  const stray = Object.keys(members).find(
    (name) => members[name] !== undefined && !knownMembers.some((known) => known === name),
  );
  if (stray !== undefined)
    throw memberError(subject, `has the unknown member "${stray}"; expected ${knownMembers.join(", ")}`);
  const roleArn = member("RoleArn");
  if (typeof roleArn !== "string") throw memberError(subject, 'lacks "RoleArn"');
  const parse = <To>(name: Member, to: (value: string, of: Text) => To) => {
    const value = text(name);
    return value === undefined ? undefined : to(value, message`${name} of ${subject}`);
  };
  const seconds = member("DurationSeconds");
  if (seconds !== undefined && typeof seconds !== "number")
    throw memberError(subject, 'has "DurationSeconds" that is not a number');
  return withoutAbsent({
    ...parseLists(members, subject),
    RoleArn: parseRoleArn(roleArn, message`RoleArn of ${subject}`).text,
    RoleSessionName: parse("RoleSessionName", parseRoleSessionName),
    DurationSeconds:
      seconds === undefined ? undefined : parseChainedDuration(seconds, message`DurationSeconds of ${subject}`),
    ExternalId: parse("ExternalId", parseExternalId),
    SourceIdentity: parse("SourceIdentity", parseSourceIdentity),
    SerialNumber: text("SerialNumber"),
    TokenCode: text("TokenCode"),
    Policy: text("Policy"),
  });
}

type Lists = Pick<Hop, "PolicyArns" | "Tags" | "TransitiveTagKeys">;

function parseLists(members: Readonly<Record<string, unknown>>, subject: Text): WithUndefined<Lists> {
  const list = <T>(name: keyof Lists, form: string, parse: (item: unknown) => T | undefined) => {
    const value = members[name];
    if (value === undefined) return undefined;
    const items = Array.isArray(value) ? value.map(parse) : [undefined];
    const found = items.filter((item) => item !== undefined);
    if (found.length === items.length) return found;
    throw memberError(subject, `has "${name}" that is not an array of ${form}`);
  };
  return {
    PolicyArns: list("PolicyArns", '{"arn": …}', (item) => {
      const { arn } = membersOf(item);
      return typeof arn === "string" ? { arn } : undefined;
    }),
    Tags: list("Tags", '{"Key": …, "Value": …}', (item) => {
      const { Key, Value } = membersOf(item);
      return typeof Key === "string" && typeof Value === "string" ? { Key, Value } : undefined;
    }),
    TransitiveTagKeys: list("TransitiveTagKeys", "strings", (key) => (typeof key === "string" ? key : undefined)),
  };
}

type WithUndefined<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

export function withoutAbsent(hop: WithUndefined<Hop> & Pick<Hop, "RoleArn">): Hop {
  return Object.fromEntries(Object.entries(hop).filter(([, value]) => value !== undefined)) as unknown as Hop;
}

function requireObject(value: unknown, subject: Text): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw memberError(subject, "is not a JSON object");
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function memberError(subject: Text, fault: string): UsageError {
  return new UsageError("ERR_SETTING", message`${subject} ${fault}`, {
    hints: ["see the parameters of AssumeRole in the STS API reference"],
  });
}
