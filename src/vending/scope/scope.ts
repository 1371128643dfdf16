import { parsePolicyText, requirePolicy } from "../../aws/policy-document.js";
import { formatRange } from "../../aws/duration-limits.js";
import { UsageError } from "../../errors.js";
import { message, onCommandLine, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { describeOrigin, strengthOf } from "../../origin.js";
import type { ScopeSettings } from "../../settings/scope-settings.js";
import { statementsFor } from "./compose.js";
import type { ScopePlace } from "./compose.js";

/** The limits of a scoped session. */
export interface Scope {
  /** Policies as JSON text, at most three. The session may do what all of them allow. */
  readonly policies: readonly string[];
  /** 1-129600 seconds. */
  readonly durationSeconds: number | undefined;
  readonly description: string | undefined;
}

export const scopeDurationSeconds = { minimum: 1, maximum: 129_600 } as const;
const maxPolicies = 3;
export const maxPolicyLength = 2048;

/** A scope that depends on where its resources are. */
export type ScopeOf = (place: ScopePlace) => ScopeSettings;

/**
 * The scope with a policy that the program makes.
 *
 * @throws UsageError `ERR_CONFLICT` when another policy is given.
 */
export function withPolicy(
  given: ScopeSettings | undefined,
  build: (place: ScopePlace) => object,
  name: string,
): ScopeOf {
  const other = given?.readyMade ?? given?.policy;
  const origin = { kind: "flag", setting: name } as const;
  if (other !== undefined) {
    throw new UsageError(
      "ERR_CONFLICT",
      message`${describeOrigin(origin)} and ${describeOrigin(other.origin)} exclude each other`,
      { hints: [message`leave ${describeOrigin(origin)} out: the session is limited already`] },
    );
  }
  const { durationSeconds, description } = given ?? {};
  return (place) => ({
    readyMade: undefined,
    policy: { value: JSON.stringify(build(place)), origin },
    durationSeconds,
    description,
  });
}

/**
 * @param place The location of the resources of ready-made scopes.
 * @throws UsageError `ERR_SETTING`, `ERR_CONFLICT`
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
 */
export function parseScope(settings: ScopeSettings, place: ScopePlace): Scope {
  const { durationSeconds, description } = settings;
  const scope = {
    policies: parsePolicies(settings, place),
    durationSeconds: durationSeconds && parseDuration(durationSeconds.value, describeOrigin(durationSeconds.origin)),
    description: description && parseDescription(description.value, describeOrigin(description.origin)),
  };
  if (description === undefined || scope.policies.length > 0 || durationSeconds !== undefined) return scope;
  throw new UsageError("ERR_SETTING", message`${describeOrigin(description.origin)} describes no scope`, {
    hints: [message`add ${setting("scope")}, ${setting("scope-policy")} or ${setting("scope-duration")}`],
  });
}

/** Builds the policy of ready-made scopes. */
export function buildPolicy(scopes: readonly string[], place: ScopePlace, subject: Text): object {
  return { Version: "2012-10-17", Statement: statementsFor(scopes, place, subject) };
}

function parsePolicies({ readyMade, policy }: ScopeSettings, place: ScopePlace): readonly string[] {
  if (readyMade !== undefined && policy !== undefined) {
    const [one, other] = [strengthOf(readyMade.origin), strengthOf(policy.origin)];
    if (one === other) {
      const [scopes, document] = [describeOrigin(readyMade.origin), describeOrigin(policy.origin)];
      throw new UsageError("ERR_CONFLICT", message`${scopes} and ${document} exclude each other`, {
        hints: [
          message`leave one of them out${onCommandLine(": credentials --print-scope shows the policy of --scope, to build the other one on")}`,
        ],
      });
    }
    return parsePolicies(one > other ? { ...none, readyMade } : { ...none, policy }, place);
  }
  if (readyMade !== undefined) {
    const subject = describeOrigin(readyMade.origin);
    return [fit(JSON.stringify(buildPolicy(readyMade.value, place, subject)), subject)];
  }
  if (policy === undefined) return [];
  const subject = describeOrigin(policy.origin);
  const given = parsePolicyText(policy.value, subject);
  if (!Array.isArray(given)) return [fitAsWritten(policy.value.trim(), requirePolicy(given, subject), subject)];
  if (given.length === 0 || given.length > maxPolicies) {
    throw new UsageError("ERR_SETTING", message`${subject} has ${given.length} policies, expected 1-${maxPolicies}`, {
      hints: ["AWS limits a session to three scope policies, one on top of the other: put statements together"],
    });
  }
  return given.map((item: unknown, index) => {
    const subjectOfItem = message`policy ${index + 1} of ${subject}`;
    return fit(JSON.stringify(requirePolicy(item, subjectOfItem)), subjectOfItem);
  });
}

const none = { readyMade: undefined, policy: undefined, durationSeconds: undefined, description: undefined } as const;

/** Removes blanks only if the text would be too long with them. */
function fitAsWritten(text: string, policy: object, subject: Text): string {
  return fit(text.length > maxPolicyLength ? JSON.stringify(policy) : text, subject);
}

function fit(text: string, subject: Text): string {
  if (text.length > maxPolicyLength) {
    throw new UsageError(
      "ERR_SETTING",
      message`the policy of ${subject} has ${text.length} characters, expected at most ${maxPolicyLength}`,
      { hints: ["name resources by a pattern, such as a common prefix and *, or leave statements out"] },
    );
  }
  const stray = /[^\t\n\r\u0020-\u00ff]/u.exec(text)?.[0];
  if (stray === undefined) return text;
  throw new UsageError(
    "ERR_SETTING",
    message`the policy of ${subject} has the character U+${codeOf(stray)}, expected those up to U+00FF`,
    { hints: ["STS takes no other characters: put * in its place"] },
  );
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

function parseDuration(seconds: number, subject: Text): number {
  const { minimum, maximum } = scopeDurationSeconds;
  if (Number.isInteger(seconds) && seconds >= minimum && seconds <= maximum) return seconds;
  throw new UsageError(
    "ERR_SETTING",
    message`${subject} is ${seconds}, expected ${formatRange(scopeDurationSeconds)} seconds`,
    { hints: ["a scope cannot outlast the session that it limits"] },
  );
}

function parseDescription(text: string, subject: Text): string {
  if (/^[\t\n\r\u0020-\u007e\u00a1-\u00ff]{2,256}$/.test(text)) return text;
  throw new UsageError("ERR_SETTING", message`${subject} is not 2-256 characters of Latin text`, {
    hints: ["CloudTrail logs it: write a few plain words on what the session is for"],
  });
}
