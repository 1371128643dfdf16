import { accountOf, partitionOf } from "../../aws/arn.js";
import { message } from "../../message.js";
import type { Region } from "../../aws/region.js";
import type { ScopeSettings } from "../../settings/scope-settings.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import type { Session } from "../session.js";
import type { StepContext } from "../step-context.js";
import { stsReach } from "../sts-connection.js";
import type { ScopePlace } from "./compose.js";
import { parseScope } from "./scope.js";
import { scopeDown, scopeEndpoint } from "./narrow.js";

/** Returns the location of the resources of ready-made scopes: the account of the last role. */
export function placeOf({ hops, roleArn, region }: Pick<VendSettings, "hops" | "roleArn" | "region">): ScopePlace {
  const role = hops.at(-1)?.value.RoleArn ?? roleArn.value.text;
  return { partition: partitionOf(role), region: region.value, accountId: accountOf(role) };
}

/**
 * Creates the step that scopes a session down. Errors in the scope are thrown before AWS is called.
 *
 * @throws UsageError
 */
export function planScope(
  given: ScopeSettings,
  settings: VendSettings,
): (session: Session, context: StepContext) => Promise<Session> {
  const scope = parseScope(given, placeOf(settings));
  const reach = stsReach(settings);
  const endpointIn = (region: Region) => scopeEndpoint(settings.sts.endpoint, region, reach);
  endpointIn(settings.region.value);
  return async (session, context) => {
    const region = context.hopRegion ?? session.region;
    for (const policy of scope.policies) context.debug(message`scope policy: ${policy}`);
    const scoped = await scopeDown(session, scope, { ...context, endpoint: endpointIn(region), region });
    context.debug(`scoped session: until ${scoped.expiration.toISOString()}`);
    return scoped;
  };
}
