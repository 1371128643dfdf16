import { BlockList, isIP } from "node:net";
import { matchesPattern, withoutMarks } from "./pattern.js";

/** The values of condition keys, by key in lower case. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** Whether a value of the request satisfies a value of the policy. */
type Comparison = (actual: string, expected: string) => boolean;

const numeric =
  (compare: (actual: number, expected: number) => boolean): Comparison =>
  (actual, expected) =>
    compare(Number(actual), Number(expected));
const dated =
  (compare: (actual: number, expected: number) => boolean): Comparison =>
  (actual, expected) =>
    compare(instant(actual), instant(expected));

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: (actual, expected) => actual === expected,
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  StringLike: (actual, expected) => matchesPattern(actual, expected),
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  Bool: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  IpAddress: isWithin,
  NumericEquals: numeric((actual, expected) => actual === expected),
  NumericLessThan: numeric((actual, expected) => actual < expected),
  NumericLessThanEquals: numeric((actual, expected) => actual <= expected),
  NumericGreaterThan: numeric((actual, expected) => actual > expected),
  NumericGreaterThanEquals: numeric((actual, expected) => actual >= expected),
  DateEquals: dated((actual, expected) => actual === expected),
  DateLessThan: dated((actual, expected) => actual < expected),
  DateLessThanEquals: dated((actual, expected) => actual <= expected),
  DateGreaterThan: dated((actual, expected) => actual > expected),
  DateGreaterThanEquals: dated((actual, expected) => actual >= expected),
};

/** Comparisons whose values are patterns. */
const ofPatterns: ReadonlySet<string> = new Set(["StringLike", "ArnEquals", "ArnLike"]);

const negations: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
  NotIpAddress: "IpAddress",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
};

interface Operator {
  readonly compare: Comparison;
  readonly negated: boolean;
  readonly ifExists: boolean;
  readonly set: "ForAllValues" | "ForAnyValue" | undefined;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function parseOperator(text: string): Operator | "Null" | undefined {
  if (text === "Null") return "Null";
  const [, set, name = "", suffix] = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(text) ?? [];
  const positive = Object.hasOwn(negations, name) ? negations[name] : undefined;
  const base = positive ?? name;
  const compare = Object.hasOwn(comparisons, base) ? comparisons[base] : undefined;
  if (compare === undefined) return undefined;
  return {
    compare: ofPatterns.has(base) ? compare : (actual, expected) => compare(actual, withoutMarks(expected)),
    negated: positive !== undefined,
    ifExists: suffix !== undefined,
    set: set === "ForAllValues" || set === "ForAnyValue" ? set : undefined,
  };
}

export function isOperator(text: string): boolean {
  return parseOperator(text) !== undefined;
}

/** Whether a condition holds for a request. */
export function holds(
  operatorText: string,
  key: string,
  expected: readonly string[],
  context: RequestContext,
): boolean {
  const operator = parseOperator(operatorText);
  const actual = context.get(key.toLowerCase());
  if (operator === undefined) return false;
  if (operator === "Null") return expected.some((value) => (value.toLowerCase() === "true") === (actual === undefined));
  const { compare, negated, ifExists, set } = operator;
  if (actual === undefined) return ifExists || set === "ForAllValues" || (negated && set === undefined);
  const one = (value: string) => expected.some((candidate) => compare(value, candidate)) !== negated;
  return set === "ForAllValues" || (negated && set === undefined) ? actual.every(one) : actual.some(one);
}

/** Matches each of the six parts of an ARN as a separate pattern. */
function matchesArn(actual: string, expected: string): boolean {
  const [actualParts, expectedParts] = [splitArn(actual), splitArn(expected)];
  if (actualParts.length !== 6 || expectedParts.length !== 6) return matchesPattern(actual, expected);
  return expectedParts.every((part, index) => matchesPattern(actualParts[index] ?? "", part));
}

function splitArn(arn: string): readonly string[] {
  const parts = arn.split(":");
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function isWithin(actual: string, expected: string): boolean {
  const [address = "", prefix] = expected.split("/");
  const version = isIP(address);
  if (version === 0 || isIP(actual) === 0) return false;
  const kind = version === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(address, Number(prefix ?? (version === 6 ? 128 : 32)), kind);
  return list.check(actual, isIP(actual) === 6 ? "ipv6" : "ipv4");
}

function instant(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}
