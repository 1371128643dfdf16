import type { EmulatorState, Profile, Role, TrustAnchor, TrustPolicy } from "./memory.js";

/** An invalid state: what was found, and where. */
export class StateError extends Error {}

type Members = Readonly<Record<string, unknown>>;

const arn = /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\w+=,.@:/-]+$/;
const oneLine = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

/**
 * Parses the state of a file or a request. Its values are written to config files and shell scripts, so each has a grammar.
 *
 * @throws StateError
 */
export function parseState(value: unknown): EmulatorState {
  const state = object(value, "the state");
  return {
    accountId: text(state, "accountId", /^\d{12}$/),
    region: text(state, "region", /^[a-z0-9]+(?:-[a-z0-9]+)+$/),
    trustAnchors: list(state, "trustAnchors", parseAnchor),
    profiles: list(state, "profiles", parseProfile),
    roles: list(state, "roles", parseRole),
  };
}

function parseAnchor(members: Members, place: string): TrustAnchor {
  return {
    arn: text(members, "arn", arn, place),
    enabled: flag(members, "enabled", place),
    certificates: text(members, "certificates", /^[\t\n\r\x20-\x7e]*$/, place),
  };
}

function parseProfile(members: Members, place: string): Profile {
  return {
    arn: text(members, "arn", arn, place),
    name: text(members, "name", oneLine, place),
    enabled: flag(members, "enabled", place),
    durationSeconds: seconds(members, "durationSeconds", place),
    acceptRoleSessionName: flag(members, "acceptRoleSessionName", place),
    roleArns: texts(members, "roleArns", arn, place),
  };
}

function parseRole(members: Members, place: string): Role {
  return {
    arn: text(members, "arn", arn, place),
    roleId: text(members, "roleId", /^\w+$/, place),
    maxSessionDurationSeconds: seconds(members, "maxSessionDurationSeconds", place),
    trust: parseTrust(object(members["trust"], `${place}.trust`), `${place}.trust`),
  };
}

function parseTrust(members: Members, place: string): TrustPolicy {
  const { externalId, sourceArn, principalTags } = members;
  return {
    principals: texts(members, "principals", oneLine, place),
    actions: texts(members, "actions", /^[\w:*]+$/, place),
    ...(externalId === undefined ? {} : { externalId: text(members, "externalId", oneLine, place) }),
    ...(sourceArn === undefined ? {} : { sourceArn: text(members, "sourceArn", arn, place) }),
    ...(principalTags === undefined ? {} : { principalTags: parseTags(principalTags, `${place}.principalTags`) }),
  };
}

function parseTags(value: unknown, place: string): Readonly<Record<string, string>> {
  const members = object(value, place);
  return Object.fromEntries(Object.keys(members).map((name) => [name, text(members, name, oneLine, place)]));
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

function seconds(members: Members, name: string, place: string): number {
  const value = members[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 43_200) return value;
  throw new StateError(`${place}.${name} is not a whole number of seconds up to 43200`);
}
