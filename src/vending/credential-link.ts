import type { AwsCredentials } from "../aws/credentials.js";

/** Marks that the SDK sets on credentials. If several are set, the innermost source comes first. */
const links: readonly (readonly [mark: string, words: string])[] = [
  ["CREDENTIALS_ENV_VARS", "environment variables"],
  ["CREDENTIALS_STS_ASSUME_ROLE_WEB_ID", "web identity token"],
  ["CREDENTIALS_STS_ASSUME_ROLE", "profile with a role"],
  ["CREDENTIALS_PROFILE_SSO", "profile with SSO"],
  ["CREDENTIALS_PROFILE_SSO_LEGACY", "profile with SSO"],
  ["CREDENTIALS_SSO", "SSO"],
  ["CREDENTIALS_PROFILE_PROCESS", "profile with a credential_process"],
  ["CREDENTIALS_PROCESS", "credential_process"],
  ["CREDENTIALS_PROFILE_LOGIN", "profile with a login session"],
  ["CREDENTIALS_PROFILE", "profile with static keys"],
  ["CREDENTIALS_HTTP", "container endpoint"],
  ["CREDENTIALS_IMDS", "EC2 instance metadata"],
];

/** Describes which link of the default chain provided these credentials; undefined if the SDK does not say. */
export function describeLink(credentials: AwsCredentials): string | undefined {
  const marks = (credentials as { readonly $source?: Readonly<Record<string, unknown>> }).$source ?? {};
  return links.find(([mark]) => Object.hasOwn(marks, mark))?.[1];
}
