import { aliasOf } from "../../aws/arn.js";
import { renderText } from "../../message.js";
import { describeOrigin } from "../../origin.js";
import type { Origin } from "../../origin.js";
import { checkScope } from "../scope.js";
import { RolesAnywhereError, UsageError } from "../../errors.js";
import type { VendSettings } from "../../settings/vend-settings.js";
import { awsSteps } from "../aws-steps.js";
import { certificateSteps } from "./steps.js";
import { fileSteps } from "../file-steps.js";
import type { Finding } from "../finding.js";
import { fail, failBy, pass, skip } from "../finding.js";
import { networkSteps } from "../network-steps.js";
import { known } from "./path-step.js";
import type { PathContext, PathStep } from "./path-step.js";

/** Builds the steps from settings to credentials, in dependency order. */
export function certificatePath(context: PathContext): readonly PathStep[] {
  return [
    ...settingsSteps(context),
    ...fileSteps(context),
    ...certificateSteps(context),
    {
      code: "CACHE_FOLDER",
      subject: "cache",
      needs: ["SETTINGS", "SETTINGS_ARNS"],
      run: async ({ leaf }) => ({ findings: await context.inspectCache(leaf?.certificate.der) }),
    },
    ...networkSteps(context),
    ...awsSteps(context),
  ];
}

function settingsSteps(context: PathContext): readonly PathStep[] {
  return [
    {
      code: "SETTINGS",
      subject: "settings",
      needs: [],
      run() {
        try {
          const settings = context.resolveSettings();
          return {
            findings: [
              pass("SETTINGS", "settings", describeOrigins(settings)),
              ...describeDetours(settings),
              pass("SETTINGS_ARNS", "ARNs", describeArns(settings)),
            ],
            facts: { settings },
          };
        } catch (error) {
          if (!(error instanceof RolesAnywhereError)) throw error;
          return {
            findings: [...before(error), failBy(codeOf(error), "settings", error)],
          };
        }
      },
    },
    {
      code: "SETTINGS_REGION",
      subject: "region",
      needs: ["SETTINGS", "SETTINGS_ARNS"],
      run({ settings }) {
        const { region, trustAnchorArn } = known(settings);
        const told = `${region.value}, the trust anchor's`;
        if (region.value === trustAnchorArn.value.region)
          return { findings: [pass("SETTINGS_REGION", "region", told)] };
        const message = `${region.value}, but the trust anchor is in ${trustAnchorArn.value.region}`;
        return {
          findings: [
            fail("SETTINGS_REGION", "region", message, "leave --region out: the region of the trust anchor is used"),
          ],
        };
      },
    },
    {
      code: "SETTINGS_HOPS",
      subject: "hops",
      needs: ["SETTINGS", "SETTINGS_ARNS"],
      run({ settings }) {
        const { hops } = known(settings);
        if (hops.length === 0) return { findings: [skip("SETTINGS_HOPS", "hops", "no role chaining")] };
        return { findings: [pass("SETTINGS_HOPS", "hops", hops.map(({ value }) => value.RoleArn).join(" -> "))] };
      },
    },
    {
      code: "SETTINGS_SCOPE",
      subject: "scope",
      needs: ["SETTINGS", "SETTINGS_ARNS"],
      run: ({ settings }) => ({ findings: checkScope(known(settings)) }),
    },
  ];
}

function codeOf(error: RolesAnywhereError): "SETTINGS" | "SETTINGS_ARNS" {
  return error instanceof UsageError && error.code === "ERR_ARN_MISMATCH" ? "SETTINGS_ARNS" : "SETTINGS";
}

function before(error: RolesAnywhereError): readonly Finding[] {
  return codeOf(error) === "SETTINGS_ARNS" ? [pass("SETTINGS", "settings", "complete")] : [];
}

function describeOrigins(settings: VendSettings): string {
  const { trustAnchorArn, profileArn, roleArn, region, endpoint, durationSeconds, identity } = settings;
  const counted = new Map<string, number>();
  for (const found of [
    trustAnchorArn,
    profileArn,
    roleArn,
    region,
    endpoint,
    durationSeconds,
    identity.certificate,
    identity.privateKey,
  ]) {
    if (found === undefined) continue;
    const source = nameSource(found.origin);
    counted.set(source, (counted.get(source) ?? 0) + 1);
  }
  const counts = [...counted].map(([source, count]) => `${count} ${source}`).join(", ");
  return `complete: ${counts}`;
}

function nameSource(origin: Origin): string {
  switch (origin.kind) {
    case "flag":
      return "from flags";
    case "line":
      return "from credential_process";
    case "environment":
      return "from the environment";
    case "profile":
      return `from profile "${origin.profile}"`;
    case "derived":
      return "derived from these";
    case "default":
      return "by default";
  }
}

/** Reports settings that replace a region's default endpoints or the default CA certificates, with their origins. */
function describeDetours({ endpoint, sts, caBundle }: VendSettings): readonly Finding[] {
  const custom = endpoint.origin.kind === "derived" ? undefined : endpoint;
  const detours = [
    ["endpoint", custom],
    ["FIPS endpoints", sts.useFipsEndpoint],
    ["dual-stack endpoints", sts.useDualstackEndpoint],
    ["CA bundle", caBundle],
  ] as const;
  return detours.flatMap(([what, found]) =>
    found === undefined ? [] : [pass("SETTINGS", what, `${what} by ${renderText(describeOrigin(found.origin))}`)],
  );
}

function describeArns({ trustAnchorArn, profileArn, roleArn }: VendSettings): string {
  const aliases = [
    ["trust anchor", aliasOf(trustAnchorArn.value)],
    ["profile", aliasOf(profileArn.value)],
  ].flatMap(([what, alias]) => (alias === undefined ? [] : [`${what} by its alias ${alias}`]));
  const shared = `one partition (${roleArn.value.partition}), region (${trustAnchorArn.value.region}) and account (${roleArn.value.accountId})`;
  return [...aliases, shared].join("; ");
}
