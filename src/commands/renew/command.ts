import { runHook } from "../../delivery/hook.js";
import { renewIfDue } from "../../renewal/renew.js";
import type { RenewalPlan } from "../../renewal/renew.js";
import type { ReadSources } from "../../settings/sources.js";
import type { Command, CommandOutput } from "../command.js";
import type { Invocation } from "../invocation.js";
import type { Arguments } from "../line/arguments.js";
import { firstSignal } from "../line/interruption.js";
import { readSources } from "../sources/resolve-settings.js";
import { renewalContext, startRenewal } from "./background.js";
import { renewConflicts, renewOptions } from "./options.js";
import { toRenewalPlan } from "./plan.js";
import { describeResult } from "./report.js";

interface Input {
  readonly plan: RenewalPlan;
  readonly once: boolean;
  readonly hook: string | undefined;
  readonly debug: boolean;
}

export const renewCommand: Command<typeof renewOptions, Input, ReadSources> = {
  name: "renew",
  description: [
    "Renews the certificate before it ends, with the authority that issued it: step-ca, or any server of EST (RFC 7030). The",
    "present certificate proves who asks, so subject and alternative names stay. Certificate and key are replaced together,",
    "after the new certificate is checked. Runs until it is stopped, and retries while the authority is away.",
  ].join("\n"),
  lasting: true,
  options: renewOptions,
  conflicts: renewConflicts,
  examples: [
    {
      command:
        "rolesanywhere-ts renew --certificate client.pem --private-key client.key --step-ca https://ca.example.com:9000 --authority-ca root_ca.crt",
      describe: "Keep a certificate of step-ca valid",
    },
    {
      command:
        "rolesanywhere-ts renew --settings-profile app --est https://est.example.com/.well-known/est --rekey --once",
      describe: "Renew the certificate of a profile if it is due, with a new key",
    },
  ],
  read({ options }: Arguments<typeof renewOptions>, invocation) {
    const { debug: _debug, once: _once, exec: _exec, ...flags } = options;
    return readSources(flags, invocation);
  },
  toInput({ options }, invocation, sources) {
    const { once = false, exec, debug = false } = options;
    return { plan: toRenewalPlan(options, sources, invocation), once, hook: exec, debug };
  },
  async run(input, invocation) {
    return input.once ? runOnce(input, invocation) : runUntilStopped(input, invocation);
  },
};

async function runOnce({ plan, hook, debug }: Input, invocation: Invocation): Promise<CommandOutput> {
  const result = await renewIfDue(plan, renewalContext(debug, invocation), 0);
  invocation.stderr.write(describeResult(plan, result));
  if (result.kind === "renewed" && hook !== undefined) await runHook(hook, invocation.variables);
  return { exitStatus: 0 };
}

async function runUntilStopped({ plan, hook, debug }: Input, invocation: Invocation): Promise<CommandOutput> {
  const stopped = firstSignal(invocation);
  const renewal = startRenewal(plan, { debug, hook }, invocation);
  try {
    await Promise.race([renewal.first, stopped]);
    await stopped;
  } finally {
    renewal.stop();
  }
  return { exitStatus: 0 };
}
