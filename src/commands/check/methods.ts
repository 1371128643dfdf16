import type { CredentialProvider } from "../../aws/credentials.js";
import { environmentRegion, fallbackRegion, parseRegion } from "../../aws/region.js";
import type { Finding } from "../../diagnosis/finding.js";
import { tryMethods } from "../../diagnosis/profile/methods.js";
import { RolesAnywhereError } from "../../errors.js";
import { setting } from "../../message.js";
import { resolveVendSettings } from "../../settings/vend-settings.js";
import { readCheckedSources } from "./settings.js";
import { readAwsContext } from "./aws-context.js";
import type { AwsContext } from "./aws-context.js";
import type { CheckInput } from "./input.js";
import { createProvider } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import { resolveStsConnection } from "../sources/sts-connection.js";
import { createVendContext } from "../sources/vend-context.js";

/** Tries each configured source of credentials separately. */
export async function checkMethods(
  { profile, given, debug }: CheckInput,
  invocation: Invocation,
  onFinding: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const { variables } = invocation;
  const awsContext = readAwsContext(profile, invocation);
  const context = createVendContext(debug, invocation);
  const { profileRegion, ...connection } = resolveStsConnection(
    { flags: given, profile: awsContext.profile?.name },
    invocation,
    context.debug,
  );
  const named = given.region ?? environmentRegion(variables) ?? profileRegion;
  const region = named === undefined ? fallbackRegion : parseRegion(named, setting("region"));
  return tryMethods(
    {
      variables,
      profile: awsContext.profile,
      region,
      stsConnection: { ...connection, region },
      environment: invocation,
      defaultChain: () => createProvider(profile, region, invocation),
      rolesAnywhere: certificateProvider(given, awsContext, invocation),
    },
    onFinding,
  );
}

/** Returns a provider for the certificate settings; undefined if they are incomplete and no flag asks for them. */
function certificateProvider(
  given: CheckInput["given"],
  awsContext: AwsContext,
  invocation: Invocation,
): CredentialProvider | undefined {
  try {
    const settings = resolveVendSettings(readCheckedSources(given, awsContext.followed, invocation));
    return async () =>
      (await import("../../vending/vend.js")).vend(settings, createVendContext(settings.debug, invocation));
  } catch (error) {
    const isAsked = Object.keys(given).some((name) => name.endsWith("-arn") || name === "certificate");
    if (!(error instanceof RolesAnywhereError) || isAsked) throw error;
    return undefined;
  }
}
