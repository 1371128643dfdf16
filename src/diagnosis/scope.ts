import { RolesAnywhereError } from "../errors.js";
import type { VendSettings } from "../settings/vend-settings.js";
import { placeOf, planScope } from "../vending/scope/plan.js";
import { parseScope } from "../vending/scope/scope.js";
import type { Finding } from "./finding.js";
import { failBy, pass } from "./finding.js";

/** Reports what limits the scoped session, or what is wrong with the scope. */
export function checkScope(settings: VendSettings): readonly Finding[] {
  const { scope: given } = settings;
  if (given === undefined) return [];
  try {
    planScope(given, settings);
    const { policies, durationSeconds, description } = parseScope(given, placeOf(settings));
    const limits = [
      given.readyMade?.value.join(", ") ??
        (policies.length === 1 ? "a policy" : policies.length > 1 ? `${policies.length} policies` : undefined),
      policies.length === 0 ? undefined : `${policies.join("").length} characters of policy`,
      durationSeconds === undefined ? undefined : `at most ${durationSeconds} s`,
      description === undefined ? undefined : `described as "${description}"`,
    ];
    return [pass("SETTINGS_SCOPE", "scope", limits.filter((limit) => limit !== undefined).join("; "))];
  } catch (error) {
    if (!(error instanceof RolesAnywhereError)) throw error;
    return [failBy("SETTINGS_SCOPE", "scope", error)];
  }
}
