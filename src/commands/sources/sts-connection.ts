import { variantOf } from "../../aws/endpoint.js";
import { defaultTimeouts } from "../../aws/http/exchange.js";
import { fallbackRegion, parseRegion } from "../../aws/region.js";
import type { Region } from "../../aws/region.js";
import { UsageError } from "../../errors.js";
import { setting } from "../../message.js";
import type { Text } from "../../message.js";
import type { Sourced } from "../../origin.js";
import { configuredEndpoint, resolveCaBundle, resolveVariant, serviceNames } from "../../settings/connection.js";
import { readSettingSources } from "../../settings/sources.js";
import type { StsConnection } from "../../vending/sts-connection.js";
import type { OptionValues } from "../line/arguments.js";
import type { Invocation } from "../invocation.js";
import { settingsProfileName } from "./resolve-settings.js";
import type { connectionOptions, settingsOptions } from "../options/session.js";

export interface StsSources {
  readonly flags: OptionValues<typeof connectionOptions & typeof settingsOptions>;
  /** The AWS profile with endpoint, region and CA bundle; default: the settings profile, `AWS_PROFILE`, `default`. */
  readonly profile: string | undefined;
}

/** Resolves the connection to STS, except for the region. */
export function resolveStsConnection(
  { flags, profile }: StsSources,
  invocation: Invocation,
  debug: (line: Text) => void,
): Omit<StsConnection, "region"> & {
  readonly profileRegion: string | undefined;
  /** The endpoint and its origin. */
  readonly customEndpoint: Sourced<string> | undefined;
} {
  const sources = readSettingSources(
    flags,
    profile === undefined ? { settings: settingsProfileName(flags, invocation) } : { aws: profile },
    invocation,
  );
  const variant = variantOf(resolveVariant(sources));
  const customEndpoint = configuredEndpoint(serviceNames.sts, sources);
  return {
    customEndpoint,
    endpoint: customEndpoint?.value,
    ...variant,
    verifySsl: flags["no-verify-ssl"] !== true,
    caBundle: resolveCaBundle(sources),
    variables: invocation.variables,
    overallMs: defaultTimeouts.overallMs,
    debug,
    profileRegion: sources.profile?.find("region")?.value,
  };
}

/** @throws UsageError `ERR_SETTING` if no region is known and the partition has no default. */
export function requireRegion(partition: string, ...candidates: readonly (string | undefined)[]): Region {
  const found = candidates.find((region) => region !== undefined && region !== "");
  if (found !== undefined) return parseRegion(found, setting("region"));
  if (partition === "aws") return fallbackRegion;
  throw new UsageError("ERR_SETTING", `no region is known for the partition ${partition}`, {
    hints: ["give --region, or set AWS_REGION"],
  });
}
