import { parsePolicy, PolicyError } from "../policy/document.js";
import type {
  EmulatorState,
  OriginIdentity,
  Profile,
  Role,
  TipConfiguration,
  TrustAnchor,
  TrustPolicy,
} from "./memory.js";

/** An invalid state: what was found, and where. */
export class StateError extends Error {}

type Members = Readonly<Record<string, unknown>>;

const arn = /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\w+=,.@:/-]+$/;
const aliasName = /^(?!.*\/\/)[A-Za-z](?:[A-Za-z0-9_/-]*[A-Za-z0-9_-])?$/;
const oneLine = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

/**
 * Parses the state of a file or a request. Its values are written to config files and shell scripts, so each has a grammar.
 *
 * @throws StateError
 */
export function parseState(value: unknown): EmulatorState {
  const state = object(value, "the state");
  const trustAnchors = list(state, "trustAnchors", parseAnchor);
  const profiles = list(state, "profiles", parseProfile);
  refuseSharedAliases(trustAnchors, "trustAnchors");
  refuseSharedAliases(profiles, "profiles");
  return {
    accountId: text(state, "accountId", /^\d{12}$/),
    region: text(state, "region", /^[a-z0-9]+(?:-[a-z0-9]+)+$/),
    trustAnchors,
    profiles,
    roles: list(state, "roles", parseRole),
    ...optional(state, "outboundWebIdentityFederation", (name) => flag(state, name, "the state")),
    ...optional(state, "minimumSessionTokenSize", (name) => size(state, name)),
    ...optional(state, "revokedSerials", (name) => texts(state, name, /^[0-9a-fA-F]+$/, "the state")),
  };
}

/** An alias belongs to one resource of a kind. */
function refuseSharedAliases(resources: readonly (TrustAnchor | Profile)[], place: string): void {
  const names = resources.flatMap(({ aliasName }) => (aliasName === undefined ? [] : [aliasName]));
  const shared = names.find((name, index) => names.indexOf(name) !== index);
  if (shared !== undefined) throw new StateError(`two of ${place} have the alias "${shared}"`);
}

function parseAnchor(members: Members, place: string): TrustAnchor {
  return {
    arn: text(members, "arn", arn, place),
    ...parseAlias(members, place),
    enabled: flag(members, "enabled", place),
    ...optional(members, "crlDpRevocationEnabled", (name) => flag(members, name, place)),
    certificates: text(members, "certificates", /^[\t\n\r\x20-\x7e]*$/, place),
  };
}

function parseProfile(members: Members, place: string): Profile {
  return {
    arn: text(members, "arn", arn, place),
    ...parseAlias(members, place),
    name: text(members, "name", oneLine, place),
    enabled: flag(members, "enabled", place),
    durationSeconds: seconds(members, "durationSeconds", place),
    acceptRoleSessionName: flag(members, "acceptRoleSessionName", place),
    roleArns: texts(members, "roleArns", arn, place),
    ...optional(members, "tipConfiguration", (name) => parseTip(object(members[name], `${place}.${name}`), place)),
  };
}

function parseAlias(members: Members, place: string): { readonly aliasName?: string } {
  return optional(members, "aliasName", (name) => {
    const alias = text(members, name, aliasName, place);
    if (alias.length <= 256 && !/^aws\//i.test(alias)) return alias;
    throw new StateError(`${place}.aliasName is "${alias}", which is too long or reserved`);
  });
}

function parseTip(members: Members, parent: string): TipConfiguration {
  const place = `${parent}.tipConfiguration`;
  return {
    status: choice(members, "status", ["ENABLED", "DISABLED"], place),
    ...optional(members, "subjectSource", (name) => choice(members, name, ["x509Subject/CN", "x509SAN/URI"], place)),
    ...optional(members, "subjectType", (name) => choice(members, name, ["workload", "user"], place)),
  };
}

function parseRole(members: Members, place: string): Role {
  return {
    arn: text(members, "arn", arn, place),
    roleId: text(members, "roleId", /^\w+$/, place),
    maxSessionDurationSeconds: seconds(members, "maxSessionDurationSeconds", place),
    trust: parseTrust(object(members["trust"], `${place}.trust`), `${place}.trust`),
    ...optional(members, "policy", (name) => parseRolePolicy(members[name], `${place}.${name}`)),
  };
}

function parseRolePolicy(value: unknown, place: string): Members {
  const document = object(value, place);
  try {
    parsePolicy(JSON.stringify(document));
    return document;
  } catch (error) {
    throw error instanceof PolicyError ? new StateError(`${place}: ${error.message}`) : error;
  }
}

function parseTrust(members: Members, place: string): TrustPolicy {
  return {
    principals: texts(members, "principals", oneLine, place),
    actions: texts(members, "actions", /^[\w:*]+$/, place),
    ...optional(members, "externalId", (name) => text(members, name, oneLine, place)),
    ...optional(members, "sourceArn", (name) => text(members, name, arn, place)),
    ...optional(members, "principalTags", (name) => parseTags(members[name], `${place}.${name}`)),
    ...optional(members, "originIdentity", (name) => parseOrigin(members[name], `${place}.${name}`)),
  };
}

function parseOrigin(value: unknown, place: string): OriginIdentity {
  const members = object(value, place);
  return {
    ...optional(members, "Subject", (name) => text(members, name, oneLine, place)),
    ...optional(members, "SubjectType", (name) => text(members, name, oneLine, place)),
    ...optional(members, "Issuer", (name) => text(members, name, oneLine, place)),
  };
}

function parseTags(value: unknown, place: string): Readonly<Record<string, string>> {
  const members = object(value, place);
  return Object.fromEntries(Object.keys(members).map((name) => [name, text(members, name, oneLine, place)]));
}

/** A member that may be absent, as an object to spread. */
function optional<Name extends string, T>(
  members: Members,
  name: Name,
  parse: (name: Name) => T,
): { readonly [Key in Name]?: T } {
  return members[name] === undefined ? {} : ({ [name]: parse(name) } as { readonly [Key in Name]?: T });
}

function choice<T extends string>(members: Members, name: string, values: readonly T[], place: string): T {
  const found = values.find((value) => value === members[name]);
  if (found !== undefined) return found;
  throw new StateError(`${place}.${name} is not one of ${values.join(", ")}`);
}

function object(value: unknown, place: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new StateError(`${place} is not an object`);
}

function list<T>(members: Members, name: string, parse: (members: Members, place: string) => T): readonly T[] {
  return array(members, name, name).map((item, index) => {
    const place = `${name}[${index}]`;
    return parse(object(item, place), place);
  });
}

function array(members: Members, name: string, place: string): readonly unknown[] {
  const value: unknown = members[name];
  if (Array.isArray(value)) return value;
  throw new StateError(`${place} is not an array`);
}

function texts(members: Members, name: string, form: RegExp, place: string): readonly string[] {
  const items = array(members, name, `${place}.${name}`);
  return items.map((item, index) => text({ [name]: item }, name, form, place, `[${index}]`));
}

function text(members: Members, name: string, form: RegExp, place?: string, suffix = ""): string {
  const value = members[name];
  const where = `${place === undefined ? "" : `${place}.`}${name}${suffix}`;
  if (typeof value !== "string") throw new StateError(`${where} is not a text`);
  if (!form.test(value))
    throw new StateError(`${where} is ${JSON.stringify(value)}, which does not match ${form.source}`);
  return value;
}

function flag(members: Members, name: string, place: string): boolean {
  const value = members[name];
  if (typeof value === "boolean") return value;
  throw new StateError(`${place}.${name} is not true or false`);
}

function size(members: Members, name: string): number {
  const value = members[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 32_768) return value;
  throw new StateError(`${name} is not a whole number up to 32768`);
}

function seconds(members: Members, name: string, place: string): number {
  const value = members[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 43_200) return value;
  throw new StateError(`${place}.${name} is not a whole number of seconds up to 43200`);
}
