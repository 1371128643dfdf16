import { parseRoleArn } from "../../aws/arn.js";
import { parseRoleSessionName } from "../../aws/duration.js";
import type { AwsCredentials, CredentialProvider } from "../../aws/credentials.js";
import type { Environment } from "../../aws/environment.js";
import type { StsConnection } from "../../vending/sts-connection.js";
import type { SingleMethods } from "../../vending/single-methods.js";
import type { Finding } from "../finding.js";
import { fail, pass, skip } from "../finding.js";
import type { ProfileOffer } from "./sdk-sources.js";

/** A source of credentials: what configures it, and how to try it separately. */
export interface Method {
  readonly name: string;
  /** Why it is skipped; undefined if it is configured. */
  readonly missing: string | undefined;
  readonly provider: () => Promise<CredentialProvider>;
  /** Returns the hint for a failure. */
  readonly remedy: (message: string) => string;
  /** Tells whether a failure only means that the method does not apply, such as instance metadata outside EC2. */
  readonly absentWhen?: (message: string) => boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface MethodSources {
  readonly variables: Variables;
  readonly profile: ProfileOffer | undefined;
  readonly region: string;
  readonly stsConnection: StsConnection;
  /** Locates the shared files. */
  readonly environment: Pick<Environment, "variables" | "homeDirectory">;
  readonly defaultChain: () => Promise<CredentialProvider>;
  /** Provides sessions for the certificate settings; undefined if they are not configured. */
  readonly rolesAnywhere: CredentialProvider | undefined;
}

/** Tries each configured method separately, and calls GetCallerIdentity with its credentials. */
export async function tryMethods(
  sources: MethodSources,
  onFinding: (finding: Finding) => void,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const method of listMethods(sources)) {
    const finding = await tryMethod(method, sources.stsConnection);
    findings.push(finding);
    onFinding(finding);
  }
  return findings;
}

export function listMethods(sources: MethodSources): readonly Method[] {
  const { region, stsConnection, environment, defaultChain, rolesAnywhere } = sources;
  const endpoint = stsConnection.endpoint;
  const single = async () =>
    (await import("../../vending/single-methods.js")).createSingleMethods(
      { region, ...(endpoint === undefined ? {} : { endpoint }) },
      environment,
    );
  return [
    {
      name: "default chain",
      missing: undefined,
      provider: defaultChain,
      remedy: () => "configure one of the methods below",
    },
    ...profileMethods(sources, single),
    ...environmentMethods(sources, single),
    {
      name: "Roles Anywhere",
      missing: unless(rolesAnywhere !== undefined, "no certificate settings are given"),
      provider: async () => rolesAnywhere ?? (() => Promise.reject(new TypeError("not configured"))),
      remedy: () => "rolesanywhere-ts check, with the same settings, names the failing rule",
    },
  ];
}

type Single = () => Promise<SingleMethods>;

function profileMethods({ profile }: MethodSources, single: Single): readonly Method[] {
  const name = profile?.name ?? "";
  return [
    {
      name: "profile",
      missing: unless(profile !== undefined, "no such profile in the config or credentials file"),
      provider: async () => (await single()).profile(name),
      remedy: () => `look at profile "${name}" in ~/.aws/config and ~/.aws/credentials`,
    },
    {
      name: "SSO",
      missing: unless(profile?.sso === true, "the profile has no sso_session or sso_start_url"),
      provider: async () => (await single()).sso(name),
      remedy: () => `aws sso login --profile ${name}`,
    },
    {
      name: "process",
      missing: unless(profile?.credentialProcess === true, "the profile has no credential_process"),
      provider: async () => (await single()).process(name),
      remedy: () => "run the profile's credential_process line by hand",
    },
  ];
}

function environmentMethods(
  { variables, stsConnection, defaultChain }: MethodSources,
  single: Single,
): readonly Method[] {
  const set = (...names: readonly string[]) => names.every((name) => (variables[name] ?? "") !== "");
  const ownEndpoint = set("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  return [
    {
      name: "explicit keys",
      missing: unless(
        set("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set",
      ),
      provider: async () => (await single()).environment,
      remedy: () => "set the keys anew; a temporary key needs AWS_SESSION_TOKEN as well",
    },
    {
      name: "assume role",
      missing: unless(set("AWS_ASSUME_ROLE_ARN"), "AWS_ASSUME_ROLE_ARN is not set"),
      provider: async () =>
        assumeRoleProvider(variables["AWS_ASSUME_ROLE_ARN"] ?? "", await defaultChain(), stsConnection),
      remedy: () => "the caller needs sts:AssumeRole on the role, and the role's trust policy must name the caller",
    },
    {
      name: "web identity",
      missing: unless(
        set("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
        "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are not both set",
      ),
      provider: async () => (await single()).webIdentity,
      remedy: () => "check the token file and the role's trust in its issuer",
    },
    {
      name: "container (ECS)",
      missing: unless(
        set("AWS_CONTAINER_CREDENTIALS_FULL_URI") || set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        "no AWS_CONTAINER_CREDENTIALS_… variable is set",
      ),
      provider: async () => (await single()).container,
      remedy: () => "check the endpoint and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    },
    {
      name: "instance (EC2)",
      missing: unless(
        variables["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() !== "true",
        "AWS_EC2_METADATA_DISABLED is set",
      ),
      provider: async () => (await single()).instance,
      remedy: () => "check AWS_EC2_METADATA_SERVICE_ENDPOINT, the instance profile and the hop limit",
      ...(ownEndpoint ? {} : { absentWhen: () => true }),
    },
  ];
}

function unless(configured: boolean, missing: string): string | undefined {
  return configured ? undefined : missing;
}

async function tryMethod(
  { name, missing, provider, remedy, absentWhen }: Method,
  connection: StsConnection,
): Promise<Finding> {
  if (missing !== undefined) return skip("METHOD", name, missing);
  try {
    const credentials: AwsCredentials = await (await provider())();
    const { getCallerArn } = await import("../../vending/caller-identity.js");
    const arn = (await getCallerArn(credentials, connection)) ?? "";
    return pass("METHOD", name, `account ${arn.split(":")[4] ?? "unknown"}, ${arn}`);
  } catch (error) {
    const message = describe(error);
    if (absentWhen?.(message) === true) return skip("METHOD", name, `not at home here (${message})`);
    return fail("METHOD", name, message, remedy(message));
  }
}

async function assumeRoleProvider(
  roleArn: string,
  base: CredentialProvider,
  connection: StsConnection,
): Promise<CredentialProvider> {
  const { assumeRole } = await import("../../vending/assume-role.js");
  return async () =>
    assumeRole(
      {
        credentials: await base(),
        parameters: {
          RoleArn: parseRoleArn(roleArn, "AWS_ASSUME_ROLE_ARN").text,
          RoleSessionName: parseRoleSessionName("rolesanywhere-ts-check", "the session name"),
        },
        name: roleArn,
      },
      connection,
    );
}

/** Describes an error in one line, without the command and output of a `credential_process`: both may be secret. */
function describe(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
  const [first = ""] = message.split("\n");
  return `${name}: ${first.replace(/^(Command failed)\b.*/s, "$1")}`.slice(0, 300);
}
