import type { AwsCredentials, CredentialProvider } from "../../aws/credentials.js";
import { environmentProfile, readSharedProfiles } from "../../aws/shared-profiles.js";
import { holdCredentials } from "../../aws/hold-credentials.js";
import { environmentRegion } from "../../aws/region.js";
import { describeOrigin } from "../../origin.js";
import { createLookup } from "../../settings/lookup.js";
import type { SettingSources } from "../../settings/lookup.js";
import { findScope } from "../../settings/scope-settings.js";
import type { ScopeSettings } from "../../settings/scope-settings.js";
import { readSettingSources } from "../../settings/sources.js";
import type { ScopePlace } from "../../vending/scope/compose.js";
import type { placeOf } from "../../vending/scope/plan.js";
import { hasCertificateSettings, resolveVendSettings } from "../../settings/vend-settings.js";
import type { OptionTable, OptionValues } from "../line/arguments.js";
import { pickFlags } from "../line/pick-flags.js";
import { indexedRun, resolveCacheUse } from "./cache-use.js";
import type { Invocation } from "../invocation.js";
import { cacheConflicts, cacheOptions } from "../options/cache.js";
import { identityConflicts, identityOptions } from "../options/identity.js";
import { connectionOptions, hopOptions, scopeOptions, sessionOptions, settingsOptions } from "../options/session.js";
import { readSources, settingsProfileName } from "./resolve-settings.js";
import { createVendContext } from "./vend-context.js";
import { renderText } from "../../message.js";

/** Source of a command's AWS credentials. */
export interface CredentialSource {
  readonly kind: "certificate" | "profile" | "default chain";
  /** For people: `certificate client.pem`, `profile "prod"`, `default credential chain`. */
  readonly description: string;
  /** Name of the role or profile, for prompts. */
  readonly name: string;
  /** The region the source itself implies: `--region`, the trust anchor's, the environment's. */
  readonly region: string | undefined;
  /** The scope that the caller wants to apply. */
  readonly scope: ScopeSettings | undefined;
  /** Memoized. Refreshes before the session expires, so a long run can call it for every request. */
  readonly provider: CredentialProvider;
}

/** Flags of the certificate path, for every command that supports it. */
export const certificateOptions = {
  ...identityOptions,
  ...sessionOptions,
  ...hopOptions,
  ...scopeOptions,
  ...connectionOptions,
  ...settingsOptions,
} as const satisfies OptionTable;

/** Flags of the certificate path and its cache. */
export const cachedCertificateOptions = { ...certificateOptions, ...cacheOptions } as const satisfies OptionTable;

/** Flags of every command that accepts any credentials. Its option table includes them. */
export const credentialSourceOptions = {
  profile: {
    kind: "string",
    describe: "take credentials from this AWS profile",
    placeholder: "PROFILE",
    group: "Credentials",
  },
  ...cachedCertificateOptions,
} as const satisfies OptionTable;

export const credentialSourceConflicts = [
  ...identityConflicts,
  ...cacheConflicts,
  ["profile", "certificate"],
  ["profile", "settings-profile"],
] as const satisfies readonly (readonly [keyof typeof credentialSourceOptions, keyof typeof credentialSourceOptions])[];

type SourceValues = OptionValues<typeof credentialSourceOptions>;

interface SourceArguments {
  readonly options: SourceValues;
  /** Whether a later run with the same command line may reuse the session. */
  readonly indexed?: boolean;
  /** Whether the caller applies the scope, after another step. */
  readonly unscoped?: boolean;
  /** The policy of `--least-privilege`. */
  readonly leastPrivilege?: ((place: ScopePlace) => object) | undefined;
}

/**
 * Picks the source: certificate flags or `--settings-profile` on the command line; else `--profile`; else certificate
 * settings in the environment; else the AWS SDK's default chain.
 *
 * @throws UsageError if the settings of the certificate path are incomplete.
 */
export async function createCredentialSource(args: SourceArguments, invocation: Invocation): Promise<CredentialSource> {
  const flags = pickFlags(args.options, cachedCertificateOptions);
  const { profile } = args.options;
  const byFlag = (
    ["certificate", "private-key", "cert-selector", "cert-store", "trust-anchor-arn", "settings-profile"] as const
  ).some((name) => flags[name] !== undefined);
  if (byFlag || (profile === undefined && namesCertificate(flags, invocation)))
    return createCertificateSource(flags, args, invocation);
  return createChainSource(args, invocation);
}

type Flags = SettingSources["flags"];

function namesCertificate(flags: Flags, invocation: Invocation): boolean {
  const name = settingsProfileName(flags, invocation);
  return (
    name !== undefined ||
    hasCertificateSettings(createLookup({ flags: {}, variables: invocation.variables, profile: undefined }))
  );
}

async function createCertificateSource(
  flags: Flags,
  { indexed, unscoped, leastPrivilege }: SourceArguments,
  invocation: Invocation,
): Promise<CredentialSource> {
  const sources = readSources(flags, invocation);
  const { scope: given, ...complete } = resolveVendSettings(sources);
  const scope = leastPrivilege === undefined ? given : await leastScope(given, leastPrivilege, complete);
  const settings = unscoped === true ? complete : { ...complete, scope };
  const run = indexed === true ? indexedRun(settings, sources.files, invocation) : undefined;
  const cache = { ...resolveCacheUse(sources.lookup, invocation), run };
  const [{ vendThroughCache }, { keepFresh }] = await Promise.all([
    import("../../vending/cache/vend-through-cache.js"),
    import("../../vending/keep-fresh.js"),
  ]);
  const context = createVendContext(settings.debug, invocation);
  const session = keepFresh({ vend: () => invocation.timeLimit.within(vendThroughCache(settings, cache, context)) });
  const { certificate, privateKey } = settings.identity;
  const named = certificate ?? privateKey;
  const role = settings.hops.at(-1)?.value.RoleArn ?? settings.roleArn.value.text;
  return {
    kind: "certificate",
    description: `certificate ${named === undefined ? "from the store" : `${named.value.label} (${renderText(describeOrigin(named.origin))})`} as ${role}`,
    name: role.slice(role.lastIndexOf("/") + 1),
    region: settings.region.value,
    scope: unscoped === true ? scope : undefined,
    provider: () => session.get(),
  };
}

async function createChainSource(
  { options: flags, unscoped, leastPrivilege }: SourceArguments,
  invocation: Invocation,
): Promise<CredentialSource> {
  const { profile } = flags;
  const region = flags.region ?? environmentRegion(invocation.variables) ?? profileRegion(profile, invocation);
  const description = profile === undefined ? "default credential chain" : `profile "${profile}"`;
  const scope = findChainScope(flags, invocation);
  const scopeOf =
    leastPrivilege === undefined
      ? scope && (() => scope)
      : (await import("../../vending/scope/scope.js")).withPolicy(scope, leastPrivilege, "least-privilege");
  const applyScope =
    scopeOf === undefined || unscoped === true
      ? undefined
      : (await import("./scope-credentials.js")).createScoper(
          { scope: scopeOf, flags, profile, region, description },
          invocation,
        );
  const whole = await createProvider(profile, region, invocation);
  const provider = applyScope === undefined ? whole : async () => applyScope(await whole());
  return {
    kind: profile === undefined ? "default chain" : "profile",
    description,
    name: profile ?? environmentProfile(invocation.variables) ?? keysName(invocation.variables),
    region,
    scope: unscoped === true ? scope : undefined,
    provider: holdCredentials(
      () => invocation.timeLimit.within(provider()),
      (member, credentials) => sourceOfMember(member, credentials, invocation.variables) ?? description,
      applyScope !== undefined,
    ),
  };
}

async function leastScope(
  given: ScopeSettings | undefined,
  leastPrivilege: (place: ScopePlace) => object,
  settings: Parameters<typeof placeOf>[0],
): Promise<ScopeSettings> {
  const [{ placeOf: findPlace }, { withPolicy }] = await Promise.all([
    import("../../vending/scope/plan.js"),
    import("../../vending/scope/scope.js"),
  ]);
  return withPolicy(given, leastPrivilege, "least-privilege")(findPlace(settings));
}

/** Finds a scope in flags or environment. A scope in a profile applies only to its certificate. */
function findChainScope(flags: SourceValues, invocation: Invocation): ScopeSettings | undefined {
  const { variables } = invocation;
  const lookup = createLookup({ flags: pickFlags(flags, scopeOptions), variables, profile: undefined });
  return findScope(lookup, readSettingSources({}, {}, invocation).readText);
}

const memberVariables: Readonly<Record<string, string>> = {
  accessKeyId: "AWS_ACCESS_KEY_ID",
  secretAccessKey: "AWS_SECRET_ACCESS_KEY",
  sessionToken: "AWS_SESSION_TOKEN",
};

/** Names the variable, if it has exactly this value. */
function sourceOfMember(
  member: string,
  credentials: AwsCredentials,
  variables: Invocation["variables"],
): string | undefined {
  const name = memberVariables[member];
  if (name === undefined || variables[name] === undefined) return undefined;
  return variables[name] === credentials[member as keyof AwsCredentials] ? `${name} in the environment` : undefined;
}

/** Access keys in the environment may come from an outer exec, which also sets their name. */
function keysName(variables: Invocation["variables"]): string {
  if ((variables["AWS_ACCESS_KEY_ID"] ?? "") === "") return "default";
  return variables["ROLESANYWHERE_TS_SESSION"] || "environment";
}

/** The region of the profile. AWS tools prefer the environment's region. */
function profileRegion(profile: string | undefined, environment: Invocation): string | undefined {
  const name = profile ?? environmentProfile(environment.variables) ?? "default";
  return readSharedProfiles(environment).profiles.get(name)?.get("region") || undefined;
}

/** Creates a provider for the named profile only, or without a name for the default chain. */
export async function createProvider(
  profile: string | undefined,
  region: string | undefined,
  environment: Invocation,
): Promise<CredentialProvider> {
  const askMfaCode = createVendContext(false, environment).prompt;
  if (profile === undefined)
    return (await import("../../vending/default-chain.js")).createDefaultChain({ region, environment, askMfaCode });
  const { createProfileProvider } = await import("../../vending/profile-provider.js");
  const clientConfig = region === undefined ? {} : { region };
  return createProfileProvider({ profile, clientConfig, environment, askMfaCode });
}
