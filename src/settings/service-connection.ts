import { parseEndpoint, serviceEndpoint, variantOf } from "../aws/endpoint.js";
import type { Endpoint } from "../aws/endpoint.js";
import type { Environment } from "../aws/environment.js";
import { parseRegion } from "../aws/region.js";
import type { Region } from "../aws/region.js";
import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import { configuredEndpoint, resolveCaBundle, resolveVariant } from "./connection.js";
import type { ServiceNames } from "./connection.js";
import { readSettingSources } from "./sources.js";

/** The endpoint of a service and the CA bundle for it. */
export interface ServiceConnection {
  readonly endpoint: Endpoint;
  readonly region: Region;
  readonly caBundle: Sourced<string> | undefined;
  /** Contain the proxy settings. */
  readonly variables: Environment["variables"];
}

export interface ServiceOptions {
  readonly names: ServiceNames;
  /** From the caller; undefined to use the environment, the config file or the region. */
  readonly endpoint: Sourced<string> | undefined;
  /** The profile in the shared config file to use besides the environment. */
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/**
 * Resolves the endpoint of a service with AWS's precedence: flag, environment, `services` section and profile, region.
 *
 * @throws UsageError `ERR_SETTING` when no region is known.
 */
export function resolveServiceConnection(options: ServiceOptions, environment: Environment): ServiceConnection {
  const sources = readSettingSources({}, { aws: options.profile }, environment);
  const named = options.region ?? sources.profile?.find("region")?.value;
  if (named === undefined || named === "") {
    throw new UsageError("ERR_SETTING", "no region is known", {
      hints: [message`add ${setting("region", "us-east-1")}, set AWS_REGION, or give the profile a region`],
    });
  }
  const region = parseRegion(named, setting("region"));
  const variant = variantOf(resolveVariant(sources));
  const custom = options.endpoint ?? configuredEndpoint(options.names, sources);
  const endpoint =
    custom === undefined
      ? serviceEndpoint(options.names.host, region, variant)
      : parseEndpoint(custom.value, describeOrigin(custom.origin));
  return { endpoint, region, caBundle: resolveCaBundle(sources), variables: environment.variables };
}

/**
 * Returns the CA bundle that replaces the usual roots in AWS tools: `AWS_CA_BUNDLE`, else the profile's `ca_bundle`.
 */
export function resolveTrust(profile: string | undefined, environment: Environment): Sourced<string> | undefined {
  return resolveCaBundle(readSettingSources({}, { aws: profile }, environment));
}
