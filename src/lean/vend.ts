// In place of src/vending/vend.ts for the cache: connects before the request is signed.
import type { Identity } from "../identity/identity.js";
import type { VendSettings } from "../settings/vend-settings.js";
import { tradeIdentity as tradeConnected } from "../vending/vend.js";
import type { VendContext } from "../vending/vend.js";
import { connectEarly } from "./connection.js";

export { traceSettings } from "../vending/vend.js";

/** Called once it is certain that a session must be requested. */
export function tradeIdentity(settings: VendSettings, identity: Identity, context: VendContext) {
  connectForSession(settings, context);
  return tradeConnected(settings, identity, context);
}

/** The full program chains roles and scopes sessions. */
export function connectForSession(settings: VendSettings, { variables, proxy }: VendContext): void {
  const { endpoint, verifySsl, caBundle, hops, scope } = settings;
  if (hops.length > 0 || scope !== undefined) return;
  connectEarly(endpoint.value, { verifySsl: verifySsl.value, caBundle, variables, proxy });
}
