import { isOperator } from "./conditions.js";

/** An invalid policy document: what was found, and where. */
export class PolicyError extends Error {}

/** Operator, condition key and accepted values. */
export type Condition = readonly [operator: string, key: string, values: readonly string[]];

/** A list of patterns, or with `excluded` everything else. */
export interface Patterns {
  readonly patterns: readonly string[];
  readonly excluded: boolean;
}

export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: Patterns;
  readonly resources: Patterns;
  readonly conditions: readonly Condition[];
}

export interface Policy {
  readonly version: string;
  readonly statements: readonly Statement[];
}

type Members = Readonly<Record<string, unknown>>;

const versions = ["2012-10-17", "2008-10-17"];
const statementMembers = new Set([
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
  "Principal",
  "NotPrincipal",
]);

/**
 * Parses an identity or session policy.
 *
 * @throws PolicyError
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parsePolicy(text: string): Policy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new PolicyError("This policy contains invalid Json");
  }
  const { Version = "2008-10-17", Statement, ...others } = object(document, "The policy");
  if (typeof Version !== "string" || !versions.includes(Version)) throw new PolicyError("The policy has a bad Version");
  const unknown = Object.keys(others).find((name) => name !== "Id");
  if (unknown !== undefined) throw new PolicyError(`The policy has the unknown element ${unknown}`);
  if (Statement === undefined) throw new PolicyError("Missing required field Statement");
  const statements = Array.isArray(Statement) ? (Statement as unknown[]) : [Statement];
  return { version: Version, statements: statements.map(parseStatement) };
}

function parseStatement(value: unknown, index: number): Statement {
  const place = `Statement ${index + 1}`;
  const members = object(value, place);
  const unknown = Object.keys(members).find((name) => !statementMembers.has(name));
  if (unknown !== undefined) throw new PolicyError(`${place} has the unknown element ${unknown}`);
  if ("Principal" in members || "NotPrincipal" in members) {
    throw new PolicyError("Policy document should not specify a principal.");
  }
  const { Effect: effect } = members;
  if (effect !== "Allow" && effect !== "Deny") throw new PolicyError(`${place} has no Effect of Allow or Deny`);
  return {
    effect,
    actions: parsePatterns(members, "Action", /^(?:\*|[\w-]+:[\w*?-]+)$/, place),
    resources: parsePatterns(members, "Resource", /^(?:\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+)$/s, place),
    conditions: members["Condition"] === undefined ? [] : parseConditions(members["Condition"], place),
  };
}

function parsePatterns(members: Members, name: "Action" | "Resource", form: RegExp, place: string): Patterns {
  const { [name]: included, [`Not${name}`]: excluded } = members;
  if ((included === undefined) === (excluded === undefined)) {
    throw new PolicyError(`${place} needs either ${name} or Not${name}`);
  }
  const patterns = texts(included ?? excluded, `${name} of ${place}`);
  const bad = patterns.find((pattern) => !form.test(pattern));
  if (bad !== undefined) throw new PolicyError(`${name} of ${place} has the value "${bad}", which is not valid`);
  return { patterns, excluded: excluded !== undefined };
}

function parseConditions(value: unknown, place: string): readonly Condition[] {
  return Object.entries(object(value, `Condition of ${place}`)).flatMap(([operator, keys]) => {
    if (!isOperator(operator)) throw new PolicyError(`Condition of ${place} has the unknown operator ${operator}`);
    return Object.entries(object(keys, `${operator} of ${place}`)).map(([key, values]): Condition => [
      operator,
      key,
      texts(values, `${key} of ${place}`),
    ]);
  });
}

function object(value: unknown, place: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new PolicyError(`${place} is not an object`);
}

function texts(value: unknown, place: string): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) throw new PolicyError(`${place} is empty`);
  return values.map((item) => {
    if (typeof item === "string" || typeof item === "number" || typeof item === "boolean") return String(item);
    throw new PolicyError(`${place} is not a text`);
  });
}
