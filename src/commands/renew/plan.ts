import { resolve } from "node:path";
import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { Sourced } from "../../origin.js";
import { parseAuthority } from "../../renewal/authority.js";
import type { Protocol } from "../../renewal/authority.js";
import { parseMargin } from "../../renewal/margin.js";
import { requireFiles } from "../../renewal/pair.js";
import type { RenewalPlan } from "../../renewal/renew.js";
import { resolveCaBundle } from "../../settings/connection.js";
import { resolveIdentitySource } from "../../settings/identity-settings.js";
import { parseMaterialFlag } from "../../settings/material-source.js";
import type { ReadSources } from "../../settings/sources.js";
import type { Invocation } from "../invocation.js";
import type { OptionValues } from "../line/arguments.js";
import { renewalOptions } from "./options.js";

export type RenewalFlags = OptionValues<typeof renewalOptions>;

/** Returns the plan of the flags, or undefined without flags for renewal. For commands with another main purpose. */
export function findRenewalPlan(
  flags: RenewalFlags,
  sources: ReadSources,
  invocation: Invocation,
): RenewalPlan | undefined {
  const given = Object.keys(renewalOptions).some((name) => flags[name as keyof RenewalFlags] !== undefined);
  return given ? toRenewalPlan(flags, sources, invocation) : undefined;
}

/**
 * Returns the plan of the flags.
 *
 * @throws UsageError `ERR_SETTING`, `ERR_ARGUMENT`, `ERR_NOT_AVAILABLE`
 */
export function toRenewalPlan(flags: RenewalFlags, sources: ReadSources, invocation: Invocation): RenewalPlan {
  const [protocol, url] = authorityOf(flags);
  return {
    source: requireFiles(resolveIdentitySource(sources.lookup)),
    authority: {
      protocol,
      endpoint: parseAuthority(protocol, url),
      caBundle: caBundleOf(flags["authority-ca"], sources, invocation),
    },
    margin: parseMargin(flags.before ?? renewalOptions.before.default, setting("before")),
    rekey: flags.rekey === true,
    anchors: parseMaterialFlag("trust-anchor-bundle", flags["trust-anchor-bundle"]),
  };
}

function authorityOf({ "step-ca": stepCa, est }: RenewalFlags): readonly [Protocol, string] {
  if (stepCa !== undefined) return ["step-ca", stepCa];
  if (est !== undefined) return ["est", est];
  throw new UsageError("ERR_SETTING", message`${setting("step-ca")} and ${setting("est")} are missing`, {
    hints: [
      message`name the authority that issued the certificate: ${setting("step-ca", "URL")} or ${setting("est", "URL")}`,
      "for other authorities see docs/renew.md",
    ],
  });
}

function caBundleOf(
  given: string | undefined,
  sources: ReadSources,
  { workingDirectory }: Invocation,
): Sourced<string> | undefined {
  if (given === undefined) return resolveCaBundle(sources);
  return { value: resolve(workingDirectory, given), origin: { kind: "flag", setting: "authority-ca" } };
}
