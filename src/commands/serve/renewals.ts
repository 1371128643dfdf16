import type { ServerMetrics } from "../../delivery/metadata-server/server-metrics.js";
import type { IdentitySource } from "../../identity/source.js";
import type { RenewalPlan } from "../../renewal/renew.js";
import type { Invocation } from "../invocation.js";
import { startRenewal } from "../renew/background.js";
import type { Renewal } from "../renew/background.js";
import { findRenewalPlan } from "../renew/plan.js";
import type { RenewalFlags } from "../renew/plan.js";
import type { BindingPlan, ReadBinding } from "./bindings.js";
import type { BindingSessions } from "./sessions.js";

/** Plans one renewal for each certificate of the bindings. */
export function planRenewals(
  flags: RenewalFlags,
  bindings: readonly ReadBinding[],
  invocation: Invocation,
): readonly RenewalPlan[] {
  const found = bindings.map(({ sources }) => findRenewalPlan(flags, sources, invocation));
  const byFile = new Map(found.flatMap((plan) => (plan === undefined ? [] : [[certificateOf(plan.source), plan]])));
  return [...byFile.values()];
}

export interface RenewalInput {
  readonly plans: readonly [BindingPlan, ...BindingPlan[]];
  readonly renewals: readonly RenewalPlan[];
  readonly hook: string | undefined;
}

export interface RenewedServer {
  readonly sessions: readonly BindingSessions[];
  readonly metrics: ServerMetrics;
}

/** Refreshes the sessions after each new certificate. */
export function startRenewals(
  { plans, renewals, hook }: RenewalInput,
  { sessions, metrics }: RenewedServer,
  invocation: Invocation,
): readonly Renewal[] {
  return renewals.map((plan) => {
    const certificate = certificateOf(plan.source);
    const users = sessions.filter((one) => certificateOf(one.plan.settings.identity) === certificate);
    const events = {
      debug: plans[0].settings.debug,
      hook,
      onRenewed() {
        metrics.countCertificateRenewal();
        for (const { session } of users) if (session.current() !== undefined) session.renew().catch(() => undefined);
      },
      onFailed: (code: string) => metrics.countCertificateFailure(code),
    };
    return startRenewal(plan, events, invocation);
  });
}

function certificateOf({ certificate }: IdentitySource): string | undefined {
  return certificate?.value.label;
}
