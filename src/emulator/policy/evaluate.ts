import { holds } from "./conditions.js";
import type { RequestContext } from "./conditions.js";
import type { Patterns, Policy, Statement } from "./document.js";
import { matchesPattern, toLiteral } from "./pattern.js";

/** A policy that limits a session, and what it is called in the log. */
export interface PolicyLayer {
  readonly name: string;
  readonly policy: Policy;
}

export interface PolicyRequest {
  /** `sts:AssumeRole` */
  readonly action: string;
  /** An ARN, or `*` for actions without a resource. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** `deny` by a statement, `no-allow` because a layer has no statement that allows the request. */
export type Decision = { readonly kind: "allow" } | { readonly kind: "deny" | "no-allow"; readonly layer: string };

/** A request is allowed if each layer allows it and none denies it. */
export function evaluate(layers: readonly PolicyLayer[], request: PolicyRequest): Decision {
  const applies = ({ version }: Policy, statement: Statement) => matches(statement, request, version);
  const denying = layers.find(({ policy }) =>
    policy.statements.some((statement) => statement.effect === "Deny" && applies(policy, statement)),
  );
  if (denying !== undefined) return { kind: "deny", layer: denying.name };
  const silent = layers.find(
    ({ policy }) => !policy.statements.some((statement) => statement.effect === "Allow" && applies(policy, statement)),
  );
  return silent === undefined ? { kind: "allow" } : { kind: "no-allow", layer: silent.name };
}

function matches(statement: Statement, { action, resource, context }: PolicyRequest, version: string): boolean {
  const value = (text: string) => (version === "2012-10-17" ? substitute(text, context) : text);
  const matchesAction = (pattern: string) => matchesPattern(action.toLowerCase(), pattern.toLowerCase());
  const matchesResource = (pattern: string) => {
    const resolved = value(pattern);
    return resolved !== undefined && matchesPattern(resource, resolved);
  };
  return (
    some(statement.actions, matchesAction) &&
    some(statement.resources, matchesResource) &&
    statement.conditions.every(([operator, key, expected]) =>
      holds(
        operator,
        key,
        expected.map(value).filter((text) => text !== undefined),
        context,
      ),
    )
  );
}

function some({ patterns, excluded }: Patterns, isMatch: (pattern: string) => boolean): boolean {
  return patterns.some(isMatch) !== excluded;
}

/** Replaces policy variables such as `${aws:userid}`; undefined if one has no value. */
function substitute(text: string, context: RequestContext): string | undefined {
  let isComplete = true;
  const replaced = text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (name === "*" || name === "?" || name === "$") return toLiteral(name);
    const [key = "", fallback] = name.split(/,\s*'(.*)'$/);
    const values = context.get(key.trim().toLowerCase());
    if (values?.length === 1) return toLiteral(values[0] ?? "");
    if (fallback !== undefined) return toLiteral(fallback);
    isComplete = false;
    return "";
  });
  return isComplete ? replaced : undefined;
}
