import { parseEndpoint, serviceEndpoint } from "../aws/endpoint.js";
import type { Endpoint } from "../aws/endpoint.js";
import { configFilePath, readSharedConfig } from "../aws/shared-config.js";
import { UsageError } from "../errors.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import { configuredEndpoint, resolveCaBundle, resolveVariant } from "../settings/connection.js";
import type { EndpointSources, ServiceNames } from "../settings/connection.js";
import { createLookup } from "../settings/lookup.js";
import type { OptionTable } from "./arguments.js";
import type { Invocation } from "./invocation.js";

/** Flag of the commands that call an AWS service with whatever credentials they were given. */
export const endpointOptions = {
  "endpoint-url": {
    kind: "string",
    describe: "another endpoint than the region's own, such as http://127.0.0.1:8000",
    placeholder: "URL",
    group: "Credentials",
  },
} as const satisfies OptionTable;

export interface ServiceConnection {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly caBundle: Sourced<string> | undefined;
}

export interface ServiceWishes {
  readonly names: ServiceNames;
  /** `--endpoint-url` */
  readonly endpointUrl: string | undefined;
  /** `--profile`, whose keys of the shared config file count besides the environment. */
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/**
 * Where a service is, by AWS's own precedence: flag, environment, `services` section and profile, region.
 *
 * @throws UsageError `ERR_SETTING` when no region is known.
 */
export function resolveServiceConnection(wishes: ServiceWishes, invocation: Invocation): ServiceConnection {
  const sources = readSources(wishes.profile, invocation);
  const region = wishes.region ?? sources.profile?.keys.get("region");
  if (region === undefined || region === "") {
    throw new UsageError("ERR_SETTING", "no region is known", {
      hints: ["add --region us-east-1, set AWS_REGION, or give the profile a region"],
    });
  }
  const flag = wishes.endpointUrl;
  const custom: Sourced<string> | undefined =
    flag === undefined
      ? configuredEndpoint(wishes.names, sources)
      : { value: flag, origin: { kind: "flag", name: "--endpoint-url" } };
  const variant = resolveVariant(sources);
  const endpoint =
    custom === undefined
      ? serviceEndpoint(wishes.names.host, region, {
          useFipsEndpoint: variant.useFipsEndpoint !== undefined,
          useDualstackEndpoint: variant.useDualstackEndpoint !== undefined,
        })
      : parseEndpoint(custom.value, describeOrigin(custom.origin));
  return { endpoint, region, caBundle: resolveCaBundle(sources) };
}

function readSources(profileName: string | undefined, invocation: Invocation): EndpointSources {
  const { variables } = invocation;
  const lookup = createLookup({ flags: {}, variables, profile: undefined });
  const file = configFilePath(invocation);
  const config = file === undefined ? undefined : readSharedConfig(file);
  const name = profileName ?? variables["AWS_PROFILE"] ?? "default";
  const keys = config?.profiles.get(name);
  if (config === undefined || keys === undefined) return { lookup, variables, profile: undefined };
  const services = config.services.get(keys.get("services") ?? "");
  return { lookup, variables, profile: { name, file: config.file, keys, services } };
}
