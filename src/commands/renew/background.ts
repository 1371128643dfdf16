import { runHook } from "../../delivery/hook.js";
import { IdentityError, RolesAnywhereError, UsageError } from "../../errors.js";
import { keepRenewed } from "../../renewal/keep-renewed.js";
import type { RenewalContext, RenewalPlan } from "../../renewal/renew.js";
import { createSystemClock } from "../../vending/keep-fresh.js";
import type { Invocation } from "../invocation.js";
import { createVendContext } from "../sources/vend-context.js";
import { describeFault, describeResult } from "./report.js";

export interface RenewalEvents {
  readonly debug: boolean;
  /** A shell command to run after each renewal. */
  readonly hook?: string | undefined;
  /** Called when this or another process has installed a new certificate. */
  readonly onRenewed?: (() => void) | undefined;
  readonly onFailed?: ((code: string) => void) | undefined;
}

/** A renewal in the background of a command. It reports to stderr. */
export interface Renewal {
  /**
   * Resolves after the first check of the certificate, which renews it if due. Rejects only with errors that a retry
   * cannot fix. Reports an unreachable authority on stderr.
   */
  readonly first: Promise<void>;
  /** Also aborts a request in flight. */
  stop(): void;
}

export function renewalContext(debug: boolean, invocation: Invocation, signal?: AbortSignal): RenewalContext {
  return { ...createVendContext(debug, invocation, signal), asked: {} };
}

export function startRenewal(plan: RenewalPlan, events: RenewalEvents, invocation: Invocation): Renewal {
  const stopping = new AbortController();
  const context = renewalContext(events.debug, invocation, stopping.signal);
  const say = (text: string) => invocation.stderr.write(text);
  let endMs: number | undefined;
  let isFirst = true;
  const loop = keepRenewed({
    // Loaded here to keep serve and update fast without renewal.
    renew: async (jitter) => (await import("../../renewal/renew.js")).renewIfDue(plan, context, jitter),
    clock: createSystemClock(true),
    onResult(result) {
      const isNew = result.endMs !== endMs;
      if (result.kind !== "fresh" || isNew) say(describeResult(plan, result));
      if (result.kind === "renewed" || (isNew && endMs !== undefined)) events.onRenewed?.();
      endMs = result.endMs;
      if (result.kind === "renewed" && events.hook !== undefined)
        runHook(events.hook, invocation.variables).catch((error: unknown) => say(describeHookFault(error)));
    },
    onFailed(fault) {
      const { error } = fault;
      if (stopping.signal.aborted) return;
      events.onFailed?.(error instanceof RolesAnywhereError ? error.code : "ERR_INTERNAL");
      if (!isFirst || !isLasting(error)) say(describeFault(plan, fault));
    },
  });
  const first = loop
    .start()
    .catch((error: unknown) => {
      if (isLasting(error)) throw error;
    })
    .finally(() => {
      isFirst = false;
    });
  first.catch(() => undefined);
  return {
    first,
    stop() {
      loop.stop();
      stopping.abort(new Error("the command is stopping"));
    },
  };
}

/** Whether a retry cannot help at the start: settings or files are wrong. */
export function isLasting(error: unknown): boolean {
  return !(error instanceof RolesAnywhereError) || error instanceof UsageError || error instanceof IdentityError;
}

function describeHookFault(error: unknown): string {
  const reason = error instanceof RolesAnywhereError ? `${error.message} [${error.code}]` : "unexpected fault";
  return `rolesanywhere-ts: ${reason}\n`;
}
