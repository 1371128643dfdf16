type Variables = Readonly<Record<string, string | undefined>>;

/** The sources of credentials in a profile. */
export interface ProfileOffer {
  readonly name: string;
  /** The file with access keys; undefined for none. */
  readonly staticKeys: "config" | "credentials" | undefined;
  readonly assumeRole: boolean;
  readonly webIdentity: boolean;
  readonly sso: boolean;
  readonly credentialProcess: boolean;
}

export interface SdkPick {
  /** SDKs that search in the same order. */
  readonly family: string;
  readonly source: string;
}

type Source =
  | "environment"
  | "assumeRole"
  | "webIdentity"
  | "webIdentityProfile"
  | "sso"
  | "staticKeys"
  | "configKeys"
  | "credentialProcess"
  | "container"
  | "instance";

/**
 * The order in which each family searches.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
const orders = {
  "AWS CLI and Python": [
    "environment",
    "assumeRole",
    "webIdentity",
    "sso",
    "staticKeys",
    "credentialProcess",
    "configKeys",
    "container",
    "instance",
  ],
  JavaScript: [
    "environment",
    "sso",
    "staticKeys",
    "configKeys",
    "assumeRole",
    "webIdentityProfile",
    "credentialProcess",
    "webIdentity",
    "container",
    "instance",
  ],
  Go: [
    "environment",
    "webIdentity",
    "staticKeys",
    "configKeys",
    "assumeRole",
    "webIdentityProfile",
    "sso",
    "credentialProcess",
    "container",
    "instance",
  ],
  "Java and Kotlin": [
    "environment",
    "webIdentity",
    "webIdentityProfile",
    "sso",
    "assumeRole",
    "credentialProcess",
    "staticKeys",
    "configKeys",
    "container",
    "instance",
  ],
  Rust: [
    "environment",
    "staticKeys",
    "configKeys",
    "assumeRole",
    "webIdentityProfile",
    "sso",
    "credentialProcess",
    "webIdentity",
    "container",
    "instance",
  ],
  ".NET 4": [
    "environment",
    "webIdentity",
    "staticKeys",
    "assumeRole",
    "webIdentityProfile",
    "sso",
    "credentialProcess",
    "container",
    "instance",
  ],
  ".NET 3.7": [
    "webIdentity",
    "staticKeys",
    "configKeys",
    "assumeRole",
    "webIdentityProfile",
    "sso",
    "credentialProcess",
    "environment",
    "container",
    "instance",
  ],
  "PHP and Ruby": [
    "environment",
    "webIdentity",
    "sso",
    "staticKeys",
    "configKeys",
    "assumeRole",
    "credentialProcess",
    "container",
    "instance",
  ],
} as const satisfies Record<string, readonly Source[]>;

const sourceNames: Readonly<Record<Source, string>> = {
  environment: "AWS_ACCESS_KEY_ID of the environment",
  assumeRole: "role_arn of the profile",
  webIdentity: "AWS_WEB_IDENTITY_TOKEN_FILE of the environment",
  webIdentityProfile: "web_identity_token_file of the profile",
  sso: "the profile's SSO login",
  staticKeys: "access keys of the profile",
  configKeys: "access keys of the profile",
  credentialProcess: "credential_process of the profile",
  container: "the container endpoint that the environment names",
  instance: "the instance metadata service",
};

/** Returns the source that each SDK family uses, given the environment and the selected profile. */
export function pickSources(variables: Variables, profile: ProfileOffer | undefined): readonly SdkPick[] {
  const present = presentSources(variables, profile);
  return Object.entries(orders).map(([family, order]) => {
    const found = order.find((source) => present.has(source));
    return { family, source: found === undefined ? "none" : sourceNames[found] };
  });
}

function presentSources(variables: Variables, profile: ProfileOffer | undefined): ReadonlySet<Source> {
  const set = (name: string) => (variables[name] ?? "") !== "";
  const checks: readonly (readonly [Source, boolean])[] = [
    ["environment", set("AWS_ACCESS_KEY_ID") && set("AWS_SECRET_ACCESS_KEY")],
    ["webIdentity", set("AWS_WEB_IDENTITY_TOKEN_FILE") && set("AWS_ROLE_ARN")],
    ["container", set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || set("AWS_CONTAINER_CREDENTIALS_FULL_URI")],
    ["instance", variables["AWS_EC2_METADATA_DISABLED"]?.toLowerCase() !== "true"],
    ["assumeRole", profile?.assumeRole ?? false],
    ["webIdentityProfile", profile?.webIdentity ?? false],
    ["sso", profile?.sso ?? false],
    ["staticKeys", profile?.staticKeys === "credentials"],
    ["configKeys", profile?.staticKeys === "config"],
    ["credentialProcess", profile?.credentialProcess ?? false],
  ];
  return new Set(checks.filter(([, there]) => there).map(([source]) => source));
}
