import { decide, describeDecision } from "./permissions.js";
import type { Circumstances, RequestKeys } from "./permissions.js";
import { openSessionToken } from "./signature/session-token.js";
import { StateError } from "./state/schema.js";

/** Whether a session may do something that the emulator does not serve, such as `s3:GetObject`. */
export interface Authorization {
  readonly allowed: boolean;
  readonly reason: string;
}

/**
 * Evaluates the policies of a session for any action.
 *
 * @param value `sessionToken`, `action`, `resource`, and optionally further condition keys as `context`.
 * @throws StateError
 */
export function authorize(value: unknown, at: Circumstances & { readonly sealingKey: Buffer }): Authorization {
  const { sessionToken, action, resource, context = {} } = members(value);
  if (typeof sessionToken !== "string" || typeof action !== "string" || typeof resource !== "string") {
    throw new StateError('expected an object with "sessionToken", "action" and "resource"');
  }
  const session = openSessionToken(sessionToken, at.sealingKey);
  if (session === undefined) throw new StateError("this emulator did not issue the session token");
  if (session.expiresAtMs <= at.now.getTime()) return { allowed: false, reason: "the session has expired" };
  const decision = decide(session, { action, resource, keys: parseKeys(context) }, at);
  return { allowed: decision.kind === "allow", reason: describeDecision(decision, action) };
}

function parseKeys(value: unknown): RequestKeys {
  return Object.fromEntries(
    Object.entries(members(value)).map(([key, found]) => {
      const values: readonly unknown[] = Array.isArray(found) ? found : [found];
      return [key, values.map(String)];
    }),
  );
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new StateError("expected a JSON object");
}
