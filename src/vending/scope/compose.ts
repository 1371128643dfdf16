import { UsageError } from "../../errors.js";
import { message, perSurface, setting } from "../../message.js";
import type { Text } from "../../message.js";
import { readyMade } from "./ready-made.js";
import type { ReadyMade, ResourceOf, Statement } from "./ready-made.js";

/** What an ARN in a policy needs besides the resource's name. */
export interface ScopePlace {
  readonly partition: string;
  readonly region: string | undefined;
  readonly accountId: string | undefined;
}

const table: Readonly<Record<string, ReadyMade>> = readyMade;

/** The syntax of each ready-made scope, and what it allows. */
export const readyMadeForms: readonly (readonly [form: string, describe: string])[] = Object.entries(readyMade).map(
  ([scope, { form, describe }]) => [written(scope, form), describe],
);

function written(scope: string, form: string): string {
  if (form === "") return scope;
  return form.startsWith("[") ? `${scope}[=${form.slice(1)}` : `${scope}=${form}`;
}

/**
 * Builds the statements of ready-made scopes. Merges those that differ only in their resources.
 *
 * @param subject How messages name the scopes, such as `--scope`.
 * @throws UsageError `ERR_SETTING`
 */
export function statementsFor(scopes: readonly string[], place: ScopePlace, subject: Text): readonly Statement[] {
  const merged = new Map<string, Statement>();
  for (const statement of scopes.flatMap((text) => parseReadyMade(text, place, subject))) {
    const { Resource, ...others } = statement;
    const before = merged.get(JSON.stringify(others))?.Resource ?? [];
    merged.set(JSON.stringify(others), { ...statement, Resource: [...new Set([...before, ...Resource])] });
  }
  return [...merged.values()];
}

function parseReadyMade(text: string, place: ScopePlace, subject: Text): readonly Statement[] {
  const equals = text.indexOf("=");
  const [scope, value] = equals === -1 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
  const found = Object.hasOwn(table, scope) ? table[scope] : undefined;
  if (found === undefined) {
    throw new UsageError("ERR_SETTING", message`${subject} is "${text}", which names no ready-made scope`, {
      hints: [
        ...severalHint(text),
        `write one of ${readyMadeForms.map(([form]) => form).join(", ")}`,
        message`for anything else write a policy, and give it to ${setting("scope-policy")}`,
      ],
    });
  }
  if (!found.grammar.test(value) || (value === "" && found.form !== "" && !found.form.startsWith("["))) {
    throw new UsageError("ERR_SETTING", message`${subject} is "${text}", expected ${written(scope, found.form)}`, {
      hints: [...severalHint(text), `${scope} lets the session ${found.describe}`],
    });
  }
  return found.statements(value, createResourceOf(place, text, subject));
}

/** Explains how to give several, if there is a comma. */
function severalHint(text: string): readonly Text[] {
  if (!text.includes(",")) return [];
  return [
    perSurface({
      commandLine: "repeat --scope for several; in a variable or profile key, separate them with ;",
      library: "give each as an item of its own",
    }),
  ];
}

function createResourceOf({ partition, region, accountId }: ScopePlace, scope: string, subject: Text): ResourceOf {
  return (service, resource, text = "") => {
    if (text.startsWith("arn:")) return requireService(text, service, scope, subject);
    if (service === "s3") return `arn:${partition}:s3:::${resource}`;
    if (region !== undefined && accountId !== undefined)
      return `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
    throw new UsageError(
      "ERR_SETTING",
      message`${subject} is "${scope}", and the ${region === undefined ? "region" : "account"} of the resource is not known`,
      { hints: [message`give ${setting("role-arn")} and ${setting("region")}, or write the ARN of the resource`] },
    );
  };
}

function requireService(text: string, service: string, scope: string, subject: Text): string {
  const found = text.split(":")[2] ?? "";
  if (found === service) return text;
  throw new UsageError("ERR_SETTING", message`${subject} is "${scope}", whose ARN is of ${found}, not of ${service}`, {
    hints: ["give the ARN of the resource itself, or its name"],
  });
}
