import type { CredentialProvider } from "../../aws/credentials.js";
import { environmentRegion, fallbackRegion, parseRegion } from "../../aws/region.js";
import type { Finding } from "../../diagnosis/finding.js";
import { tryMethods } from "../../diagnosis/profile/methods.js";
import { RolesAnywhereError } from "../../errors.js";
import { setting } from "../../message.js";
import type { CheckFlags } from "./command.js";
import { resolveVendSettings } from "../../settings/vend-settings.js";
import { readCheckedSources } from "./settings.js";
import { readAwsContext } from "./aws-context.js";
import { certificateOptions, createProvider } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { resolveStsConnection } from "../sources/sts-connection.js";
import { createVendContext } from "../sources/vend-context.js";

/** Every configured way to credentials, each tried on its own. */
export async function checkMethods(
  flags: CheckFlags,
  invocation: Invocation,
  onFinding: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const { variables } = invocation;
  const awsContext = readAwsContext(flags.profile, invocation);
  const context = createVendContext(flags.debug === true, invocation);
  const { profileRegion, ...connection } = resolveStsConnection(
    { flags, profile: awsContext.profile?.name },
    invocation,
    context.debug,
  );
  const named = flags.region ?? environmentRegion(variables) ?? profileRegion;
  const region = named === undefined ? fallbackRegion : parseRegion(named, setting("region"));
  return tryMethods(
    {
      variables,
      profile: awsContext.profile,
      region,
      stsConnection: { ...connection, region },
      environment: invocation,
      defaultChain: () => createProvider(flags.profile, region, invocation),
      rolesAnywhere: certificateProvider(flags, invocation),
    },
    onFinding,
  );
}

/** The certificate path, when its settings are complete enough to try it. */
function certificateProvider(flags: CheckFlags, invocation: Invocation): CredentialProvider | undefined {
  const certificateFlags = Object.fromEntries(
    Object.entries(flags).filter(([name]) => Object.hasOwn(certificateOptions, name)),
  );
  const awsContext = readAwsContext(flags.profile, invocation);
  try {
    const settings = resolveVendSettings(readCheckedSources(certificateFlags, flags.profile, awsContext, invocation));
    return async () =>
      (await import("../../vending/vend.js")).vend(settings, createVendContext(settings.debug, invocation));
  } catch (error) {
    const given = Object.keys(certificateFlags).some((name) => name.endsWith("-arn") || name === "certificate");
    if (!(error instanceof RolesAnywhereError) || given) throw error;
    return undefined;
  }
}
