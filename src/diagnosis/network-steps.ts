import type { PathContext, PathStep } from "./certificate/path-step.js";
import { known } from "./certificate/path-step.js";
import { RolesAnywhereError } from "../errors.js";
import type { VendSettings } from "../settings/vend-settings.js";
import type { Finding } from "./finding.js";
import { failBy, skip } from "./finding.js";
import type { FindingCode } from "./finding-codes.js";
import { checkConnection, checkNameResolution, describeProxy, probeEndpoint, probeTimeouts } from "./network.js";
import type { Target } from "./network.js";

const settled: readonly FindingCode[] = ["SETTINGS", "SETTINGS_ARNS"];

/** Builds the steps that check that the endpoint is reachable and trusted, and that the clocks agree. */
export function networkSteps(context: PathContext): readonly PathStep[] {
  if (context.offline) {
    return [
      {
        code: "CONNECTION",
        subject: "network",
        needs: [],
        run: () => ({ findings: [skip("CONNECTION", "network", "left out by --offline")] }),
      },
    ];
  }
  return [
    {
      code: "PROXY",
      subject: "proxy",
      needs: settled,
      run: async ({ settings }) => {
        const { hostname, port } = known(settings).endpoint.value;
        const { finding, target } = await inspectProxy(known(settings), context);
        return { findings: [finding], facts: { target: target ?? { host: hostname, port, proxied: false } } };
      },
    },
    {
      code: "NAME_RESOLUTION",
      subject: "name resolution",
      needs: [...settled, "PROXY"],
      run: async ({ target }) => ({ findings: [await checkNameResolution(known(target))] }),
    },
    {
      code: "CONNECTION",
      subject: "connection",
      needs: [...settled, "PROXY", "NAME_RESOLUTION"],
      run: async ({ target }) => ({ findings: [await checkConnection(known(target))] }),
    },
    {
      code: "TLS",
      subject: "TLS",
      needs: [...settled, "CONNECTION"],
      run: async ({ settings, target }) => {
        const send = context.createSend(known(settings), probeTimeouts);
        const proxy = known(target).proxied ? await context.proxyFor(known(settings)) : undefined;
        const { findings } = await probeEndpoint(known(settings).endpoint.value, send, proxy, context.now);
        return { findings };
      },
    },
  ];
}

async function inspectProxy(
  settings: VendSettings,
  context: PathContext,
): Promise<{ readonly finding: Finding; readonly target: Target | undefined }> {
  try {
    return describeProxy(await context.proxyFor(settings));
  } catch (error) {
    if (!(error instanceof RolesAnywhereError)) throw error;
    return {
      finding: failBy("PROXY", "proxy", error),
      target: undefined,
    };
  }
}
