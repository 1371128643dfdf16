import { runHook } from "../../delivery/hook.js";
import { RolesAnywhereError } from "../../errors.js";
import { keepRenewed } from "../../renewal/keep-renewed.js";
import type { RenewedCertificate } from "../../renewal/keep-renewed.js";
import { renewIfDue } from "../../renewal/renew.js";
import type { RenewalContext, RenewalPlan, RenewalResult } from "../../renewal/renew.js";
import { createSystemClock } from "../../vending/keep-fresh.js";
import type { Invocation } from "../invocation.js";
import { createVendContext } from "../sources/vend-context.js";
import { describeFault, describeResult } from "./report.js";

export interface RenewalEvents {
  readonly debug: boolean;
  /** Ends a request under way. */
  readonly signal?: AbortSignal | undefined;
  /** A command line for the shell. */
  readonly hook?: string | undefined;
  /** Whether to write that a certificate is not due, and failures. */
  readonly tells: (kind: "fresh" | "failure") => boolean;
  readonly onRenewed?: (() => void) | undefined;
  readonly onFailed?: ((code: string) => void) | undefined;
}

export function renewalContext(debug: boolean, invocation: Invocation, signal?: AbortSignal): RenewalContext {
  return { ...createVendContext(debug, invocation, signal), asked: {} };
}

/** A renewal that goes on in the background of a command, and tells of itself on stderr. */
export function createRenewal(plan: RenewalPlan, events: RenewalEvents, invocation: Invocation): RenewedCertificate {
  const context = renewalContext(events.debug, invocation, events.signal);
  const say = (text: string) => invocation.stderr.write(text);
  let endMs: number | undefined;
  return keepRenewed({
    renew: (jitter) => renewIfDue(plan, context, jitter),
    clock: createSystemClock(true),
    onResult(result) {
      const isNew = result.kind !== "fresh" || result.endMs !== endMs;
      const isFirst = endMs === undefined;
      if (isNew && (result.kind !== "fresh" || events.tells("fresh"))) say(describeResult(plan, result));
      endMs = result.endMs;
      if (result.kind === "renewed" || (result.kind === "fresh" && isNew && !isFirst)) events.onRenewed?.();
      if (result.kind === "renewed") finish(result, events, invocation);
    },
    onFailed(fault) {
      const { error } = fault;
      events.onFailed?.(error instanceof RolesAnywhereError ? error.code : "ERR_INTERNAL");
      if (events.tells("failure")) say(describeFault(plan, fault));
    },
  });
}

function finish(_result: RenewalResult, { hook }: RenewalEvents, invocation: Invocation): void {
  if (hook === undefined) return;
  runHook(hook, invocation.variables).catch((error: unknown) => {
    const reason = error instanceof RolesAnywhereError ? `${error.message} [${error.code}]` : "unexpected fault";
    invocation.stderr.write(`rolesanywhere-ts: ${reason}\n`);
  });
}
