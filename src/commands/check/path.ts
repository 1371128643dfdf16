import { defaultTimeouts } from "../../aws/http/exchange.js";
import { createSender } from "../../aws/http/send.js";
import { certificatePath } from "../../diagnosis/certificate/path.js";
import { checkCompetingSources, describeSdkSources } from "../../diagnosis/profile/competing-sources.js";
import type { Finding } from "../../diagnosis/finding.js";
import type { PathContext } from "../../diagnosis/certificate/path-step.js";
import { checkProfileCommand } from "../../diagnosis/profile/command.js";
import { readTrustAnchors } from "../../diagnosis/certificate/trust-anchors.js";
import { walkSteps } from "../../diagnosis/walk.js";
import { parseMaterialFlag } from "../../settings/material-source.js";
import type { ReadSources } from "../../settings/sources.js";
import { resolveVendSettings } from "../../settings/vend-settings.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import type { StsConnection } from "../../vending/sts-connection.js";
import { version } from "../../version.js";
import { resolveCacheUse } from "../sources/cache-use.js";
import type { CheckFlags } from "./command.js";
import { readCheckedSources } from "./settings.js";
import { readAwsContext } from "./aws-context.js";
import type { AwsContext } from "./aws-context.js";
import { cachedCertificateOptions } from "../sources/credential-source.js";
import type { Invocation } from "../invocation.js";
import type { VendContext } from "../../vending/vend.js";
import { createVendContext } from "../sources/vend-context.js";

/** The awsContext first, then the path from settings to credentials. */
export async function checkCertificatePath(
  flags: CheckFlags,
  invocation: Invocation,
  onFinding: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const awsContext = readAwsContext(flags.profile, invocation);
  const first = [
    ...checkCompetingSources(awsContext),
    describeSdkSources(awsContext),
    ...checkProfile(flags, awsContext, invocation),
  ];
  first.forEach(onFinding);
  const steps = certificatePath(createPathContext(flags, awsContext, invocation));
  return [...first, ...(await walkSteps(steps, {}, onFinding))];
}

function checkProfile(flags: CheckFlags, awsContext: AwsContext, invocation: Invocation): readonly Finding[] {
  const { processLine, configFile } = awsContext;
  if (flags.profile === undefined || processLine === undefined) return [];
  return checkProfileCommand(processLine, `profile "${flags.profile}" in ${configFile ?? "?"}`, {
    path: invocation.variables["PATH"],
    executablePath: invocation.executablePath,
  });
}

function createPathContext(flags: CheckFlags, awsContext: AwsContext, invocation: Invocation): PathContext {
  const certificateFlags = Object.fromEntries(
    Object.entries(flags).filter(([name]) => Object.hasOwn(cachedCertificateOptions, name)),
  );
  const context = createVendContext(flags.debug === true, invocation);
  let known: ReadSources | undefined;
  const sources = () => (known ??= readCheckedSources(certificateFlags, flags.profile, awsContext, invocation));
  return {
    ...context,
    userAgent: `rolesanywhere-ts/${version}`,
    offline: flags.offline === true,
    resolveSettings() {
      // A vend refuses a wrong setting of the cache as it refuses any other.
      const settings = resolveVendSettings(sources());
      resolveCacheUse(sources().lookup, invocation);
      return settings;
    },
    createSend: ({ verifySsl, caBundle }) =>
      createSender({
        verifySsl: verifySsl.value,
        caBundle,
        timeouts: defaultTimeouts,
        variables: invocation.variables,
        debug: context.debug,
      }),
    proxyFor: async ({ endpoint }) => (await import("../../aws/http/proxy.js")).findProxy(endpoint.value, invocation),
    stsConnection: (settings) => stsConnection(settings, context),
    trustAnchors: () =>
      readTrustAnchors(parseMaterialFlag("trust-anchor-bundle", flags["trust-anchor-bundle"]), context),
    inspectCache: async (settings) => {
      const { inspectCache } = await import("../../diagnosis/cache.js");
      return inspectCache(resolveCacheUse(sources().lookup, invocation), settings, context.now());
    },
  };
}

function stsConnection(
  settings: VendSettings,
  { debug, variables }: Pick<VendContext, "debug" | "variables">,
): StsConnection {
  const { sts, region, verifySsl, caBundle } = settings;
  return {
    region: region.value,
    endpoint: sts.endpoint?.value,
    useFipsEndpoint: sts.useFipsEndpoint !== undefined,
    useDualstackEndpoint: sts.useDualstackEndpoint !== undefined,
    verifySsl: verifySsl.value,
    caBundle,
    variables,
    overallMs: defaultTimeouts.overallMs,
    debug,
  };
}
