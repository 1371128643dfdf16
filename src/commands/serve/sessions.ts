import type { ServedRole } from "../../delivery/metadata-server/router.js";
import type { ServerMetrics } from "../../delivery/metadata-server/server-metrics.js";
import { RolesAnywhereError } from "../../errors.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import { readValidity } from "../../identity/certificate/fields.js";
import type { Validity } from "../../identity/certificate/fields.js";
import type { AgentFeed } from "../../identity/spiffe/feed.js";
import { loadIdentity } from "../../identity/load-identity.js";
import { keepFresh } from "../../vending/keep-fresh.js";
import type { FreshSession } from "../../vending/keep-fresh.js";
import { traceSettings, tradeIdentity } from "../../vending/vend.js";
import type { VendContext } from "../../vending/vend.js";
import type { Invocation } from "../invocation.js";
import type { BindingPlan } from "./bindings.js";
import { formatFailure, formatRenewal } from "./report.js";
import { createVendContext } from "../sources/vend-context.js";

/** The sessions behind one binding. */
export interface BindingSessions {
  readonly plan: BindingPlan;
  /** Refreshed in the background after the start. */
  readonly session: FreshSession;
  /** Requested on first use, refreshed while in use. */
  readonly hops: ReadonlyMap<string, ServedRole>;
}

export interface SessionEvents {
  readonly metrics: ServerMetrics;
  /** Whether to write failures to stderr. At the start, a failure ends the command and is reported as its error. */
  readonly tellsFailures: () => boolean;
  /** Aborts pending refreshes. */
  readonly signal: AbortSignal;
  /** Whether this server also renews the certificates. Then it does not warn of their end. */
  readonly renews: boolean;
  /** SVIDs of SPIFFE agents, for all bindings. */
  readonly agents: AgentFeed;
}

export function createBindingSessions(
  plan: BindingPlan,
  events: SessionEvents,
  invocation: Invocation,
): BindingSessions {
  const hops = plan.hops.map((roleArn): [string, ServedRole] => {
    const hop = { value: { RoleArn: roleArn.text }, origin: { kind: "flag", setting: "allow-role-arn" } } as const;
    const settings = { ...plan.settings, hops: [...plan.settings.hops, hop] };
    return [
      roleArn.text,
      { roleArn, session: createSession(`${plan.name} as ${roleArn.text}`, settings, events, invocation) },
    ];
  });
  return { plan, session: createSession(plan.name, plan.settings, events, invocation), hops: new Map(hops) };
}

function createSession(
  name: string,
  settings: VendSettings,
  { metrics, tellsFailures, signal, agents, renews }: SessionEvents,
  invocation: Invocation,
): FreshSession {
  const context = {
    ...createVendContext(settings.debug, invocation, signal),
    svids: agents.follow(() => void session.renew()),
  };
  let certificate: Validity | undefined;
  const session = keepFresh({
    vend: () =>
      invocation.timeLimit.within(
        vendFrom(settings, context, (validity) => {
          certificate = validity;
          metrics.setCertificate(name, validity);
        }),
      ),
    onRenewed: (held) => {
      metrics.countRenewal(name);
      invocation.stderr.write(formatRenewal(name, held, renews ? undefined : certificate));
    },
    onFailed: (failure) => {
      metrics.countFailure(name, failure.error instanceof RolesAnywhereError ? failure.error.code : "ERR_INTERNAL");
      if (tellsFailures()) invocation.stderr.write(formatFailure(name, failure, session.current()));
    },
  });
  return session;
}

/** Requests a session, and reports the validity of the certificate used. */
async function vendFrom(settings: VendSettings, context: VendContext, onCertificate: (validity: Validity) => void) {
  traceSettings(settings, context);
  const identity = await loadIdentity(settings.identity, context);
  try {
    onCertificate(readValidity(identity.leaf.der));
    return await tradeIdentity(settings, identity, context);
  } finally {
    await identity.close?.();
  }
}
