import { constraintMessage, Refusal } from "../refusal.js";
import { decodePairs } from "../signature/received-request.js";
import type { ReceivedRequest } from "../signature/received-request.js";

/** The decoded parameters of a query-protocol request. */
export type QueryParameters = ReadonlyMap<string, string>;

/** Reads the parameters of a query-protocol request, from its form body or its query string. */
export function readQueryParameters({ method, query, body }: ReceivedRequest): QueryParameters {
  return new Map(method === "GET" ? decodePairs(query, false) : decodePairs(body.toString("utf8"), true));
}

export function requireParameter(parameters: QueryParameters, name: string, pattern: RegExp): string {
  const value = optionalParameter(parameters, name, pattern);
  if (value === undefined) throw invalidParameter(name, null, "not be null");
  return value;
}

export function optionalParameter(parameters: QueryParameters, name: string, pattern: RegExp): string | undefined {
  const value = parameters.get(name);
  if (value === undefined || pattern.test(value)) return value;
  throw invalidParameter(name, value, `satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`);
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

export function optionalInteger(parameters: QueryParameters, name: string, { min, max }: Bounds): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) throw new Refusal(400, "MalformedInput", `${name} is not an integer`);
  const value = Number(text);
  if (value < min) throw invalidParameter(name, value, `have value greater than or equal to ${min}`);
  if (value > max) throw invalidParameter(name, value, `have value less than or equal to ${max}`);
  return value;
}

/** Refuses a text whose length is out of bounds. */
export function checkLength(name: string, text: string, { min, max }: Bounds): void {
  if (text.length < min) throw invalidParameter(name, text, `have length greater than or equal to ${min}`);
  if (text.length > max) throw invalidParameter(name, text, `have length less than or equal to ${max}`);
}

/** Reads `Name.member.1`, `Name.member.2`, …, or one member of each. */
export function readList(parameters: QueryParameters, name: string, member = ""): readonly string[] {
  const found: string[] = [];
  for (let index = 1; ; index++) {
    const value = parameters.get(`${name}.member.${index}${member}`);
    if (value === undefined) return found;
    found.push(value);
  }
}

export function readTags(parameters: QueryParameters): Record<string, string> {
  const keys = readList(parameters, "Tags", ".Key");
  const values = readList(parameters, "Tags", ".Value");
  if (keys.length > 50) throw invalidParameter("Tags", keys.length, "have length less than or equal to 50");
  const folded = new Set(keys.map((key) => key.toLowerCase()));
  if (folded.size < keys.length) {
    throw new Refusal(
      400,
      "InvalidParameterValue",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
  }
  return Object.fromEntries(keys.map((key, index) => [key, values[index] ?? ""]));
}

export function invalidParameter(name: string, value: unknown, constraint: string): Refusal {
  return validation(constraintMessage(name.charAt(0).toLowerCase() + name.slice(1), value, constraint));
}

export function validation(message: string, reason?: string): Refusal {
  return new Refusal(400, "ValidationError", message, reason);
}
