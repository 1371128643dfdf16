import type { Endpoint } from "../aws/endpoint.js";
import { parseEndpoint, serviceEndpoint, variantOf } from "../aws/endpoint.js";
import type { Region } from "../aws/region.js";
import { UsageError } from "../errors.js";
import { message } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import type { AwsProfile } from "./aws-profile.js";
import type { Lookup } from "./lookup.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** The three ways to name a service: in host names, in `AWS_ENDPOINT_URL_…` and in a `services` section. */
export interface ServiceNames {
  readonly host: string;
  readonly variable: string;
  readonly section: string;
}

export const serviceNames = {
  rolesanywhere: { host: "rolesanywhere", variable: "ROLESANYWHERE", section: "rolesanywhere" },
  sts: { host: "sts", variable: "STS", section: "sts" },
  s3: { host: "s3", variable: "S3", section: "s3" },
  dynamodb: { host: "dynamodb", variable: "DYNAMODB", section: "dynamodb" },
} as const satisfies Record<string, ServiceNames>;

export interface EndpointSources {
  readonly lookup: Lookup;
  readonly variables: Variables;
  readonly profile: AwsProfile | undefined;
}

/**
 * Returns a custom endpoint with AWS's own precedence: the service's environment variable, its `services` section,
 * `AWS_ENDPOINT_URL`, the profile's `endpoint_url`.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function configuredEndpoint(
  names: ServiceNames,
  { variables, profile }: EndpointSources,
): Sourced<string> | undefined {
  const ignore =
    variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] ?? profile?.find("ignore_configured_endpoint_urls")?.value;
  if (/^true$/i.test(ignore ?? "")) return undefined;
  return (
    fromVariable(variables, `AWS_ENDPOINT_URL_${names.variable}`) ??
    profile?.findInServices(`${names.section}.endpoint_url`) ??
    fromVariable(variables, "AWS_ENDPOINT_URL") ??
    profile?.find("endpoint_url")
  );
}

/** @throws UsageError `ERR_SETTING` when a variant is requested together with a custom endpoint. */
export function resolveEndpoint(region: Region, sources: EndpointSources): Sourced<Endpoint> {
  const custom = sources.lookup.string("endpoint") ?? configuredEndpoint(serviceNames.rolesanywhere, sources);
  const variant = resolveVariant(sources);
  if (custom !== undefined) {
    const asked = variant.useFipsEndpoint ?? variant.useDualstackEndpoint;
    if (asked !== undefined) {
      throw new UsageError(
        "ERR_SETTING",
        message`${describeOrigin(asked.origin)} cannot change the endpoint that ${describeOrigin(custom.origin)} sets`,
        {
          hints: ["name the FIPS or dual-stack host in the endpoint itself, or leave one of the two out"],
        },
      );
    }
    return { value: parseEndpoint(custom.value, describeOrigin(custom.origin)), origin: custom.origin };
  }
  const endpoint = serviceEndpoint(serviceNames.rolesanywhere.host, region, variantOf(variant));
  const chosen = variant.useFipsEndpoint ?? variant.useDualstackEndpoint;
  const from = chosen === undefined ? "region" : message`region and ${describeOrigin(chosen.origin)}`;
  return { value: endpoint, origin: { kind: "derived", from } };
}

/** The enabled endpoint variants with their origins. */
export interface EnabledVariant {
  readonly useFipsEndpoint: Sourced<true> | undefined;
  readonly useDualstackEndpoint: Sourced<true> | undefined;
}

/** Finds the enabled endpoint variants. */
export function resolveVariant({ lookup, variables, profile }: EndpointSources): EnabledVariant {
  const pick = (flag: string, variable: string, key: string) => {
    const own = lookup.boolean(flag);
    if (own !== undefined) return own.value ? { value: true as const, origin: own.origin } : undefined;
    const other = fromVariable(variables, variable) ?? profile?.find(key);
    return /^true$/i.test(other?.value ?? "") && other !== undefined
      ? { value: true as const, origin: other.origin }
      : undefined;
  };
  return {
    useFipsEndpoint: pick("use-fips-endpoint", "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
    useDualstackEndpoint: pick("use-dualstack-endpoint", "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
  };
}

/** Returns `AWS_CA_BUNDLE`, else the profile's `ca_bundle`. */
export function resolveCaBundle({ variables, profile }: EndpointSources): Sourced<string> | undefined {
  return fromVariable(variables, "AWS_CA_BUNDLE") ?? profile?.find("ca_bundle");
}

function fromVariable(variables: Variables, name: string): Sourced<string> | undefined {
  const value = variables[name];
  return value === undefined || value === "" ? undefined : { value, origin: { kind: "environment", name } };
}
