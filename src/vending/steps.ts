import type { VendSettings } from "../settings/vend-settings.js";
import type { Session } from "./session.js";
import { stsReach } from "./sts-connection.js";
import type { StepContext } from "./step-context.js";
import { monotonicMs } from "../aws/monotonic.js";

/** @param overallMs Milliseconds for all steps together. */
export type TakeSteps = (first: Session, overallMs: number) => Promise<Session>;

/**
 * Plans the steps after the first session: role chaining, then the scope. Errors in the scope are thrown now, before
 * AWS is called.
 *
 * @throws UsageError
 */
export async function planSteps(settings: VendSettings, context: StepContext): Promise<TakeSteps> {
  const { hops, scope } = settings;
  const applyScope = scope && (await import("./scope/plan.js")).planScope(scope, settings);
  return async (first, overallMs) => {
    const startedMs = monotonicMs();
    const [nearest, ...further] = hops.map(({ value }) => value);
    const session =
      nearest === undefined
        ? first
        : await (
            await import("./chain.js")
          ).walkHops(first, [nearest, ...further], hopConnection(settings, context, overallMs), context.now());
    if (applyScope === undefined) return session;
    const leftMs = Math.max(1_000, overallMs - (monotonicMs() - startedMs));
    return applyScope(session, { ...context, overallMs: leftMs });
  };
}

function hopConnection(settings: VendSettings, context: StepContext, overallMs: number) {
  const { hopRegion, proxy, variables, debug, signal } = context;
  return { ...stsReach(settings), region: hopRegion, proxy, variables, overallMs, debug, signal };
}
