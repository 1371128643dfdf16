import { credentialVariables } from "./formats/credential-variables.js";
import { formatExpiration } from "./process-document.js";
import type { DeliveredCredentials } from "./formats/delivered-credentials.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that some AWS tools prefer to AWS_ACCESS_KEY_ID and its companions, or combine with them. */
const competitors: ReadonlySet<string> = new Set([
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_SECURITY_TOKEN",
  "AWS_ACCESS_KEY",
  "AWS_SECRET_KEY",
  "AWS_CREDENTIAL_SCOPE",
  "AWS_ACCOUNT_ID",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
]);

const delivered: ReadonlySet<string> = new Set([
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  // Set by other tools, whose sessions must not continue here.
  "AWS_CREDENTIALS_EXPIRATION",
  "AWS_SESSION_EXPIRATION",
  "AWS_VAULT",
  // Set for prompts, by an outer exec.
  "ROLESANYWHERE_TS_SESSION",
  "ROLESANYWHERE_TS_SESSION_EXPIRATION",
]);

/** Tokens, one per service, that some SDKs prefer to any keys. */
const bearerToken = /^AWS_BEARER_TOKEN_/;

/** Returns the variables of an environment that would compete with added credentials. */
export function competingVariables(variables: Variables): readonly string[] {
  const decisive = new Set(["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN"]);
  return Object.keys(variables).filter((name) => decisive.has(name) && variables[name] !== "");
}

/**
 * Builds the environment of a child process that must use only these credentials.
 *
 * @param name The role or profile, for prompts.
 */
export function childEnvironment(
  variables: Variables,
  credentials: DeliveredCredentials,
  name: string,
): NodeJS.ProcessEnv {
  const { expiration } = credentials;
  return {
    ...withoutCredentials(variables),
    ...Object.fromEntries(credentialVariables(credentials)),
    ROLESANYWHERE_TS_SESSION: name,
    ...(expiration === undefined ? {} : { ROLESANYWHERE_TS_SESSION_EXPIRATION: formatExpiration(expiration) }),
  };
}

/** The endpoints of a credential server, as its readers need them. */
export interface ServedEndpoints {
  /** The token is sent unchanged in the `Authorization` header. */
  readonly container: { readonly url: string; readonly token: string } | undefined;
  /** Base URL of an instance metadata service. */
  readonly metadataUrl: string | undefined;
  readonly region: string | undefined;
}

/** Returns the variables that let a reader fetch its credentials from a server. */
export function servedVariables({ container, metadataUrl, region }: ServedEndpoints): Readonly<Record<string, string>> {
  return {
    ...(container === undefined
      ? {}
      : {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: container.url,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: container.token,
        }),
    ...(metadataUrl === undefined
      ? {}
      : { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadataUrl, AWS_EC2_METADATA_DISABLED: "false" }),
    ...(region === undefined ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region }),
  };
}

/** Builds the environment of a child process that must take its credentials only from a server. */
export function servedEnvironment(variables: Variables, endpoints: ServedEndpoints, name?: string): NodeJS.ProcessEnv {
  const base = withoutCredentials(variables);
  const { hostname } = new URL(endpoints.container?.url ?? endpoints.metadataUrl ?? "");
  const marker = name === undefined ? {} : { ROLESANYWHERE_TS_SESSION: name };
  return { ...base, ...servedVariables(endpoints), ...marker, ...proxyExceptions(base, hostname) };
}

/** Compares names in upper case, as Windows does. */
function withoutCredentials(variables: Variables): NodeJS.ProcessEnv {
  const entries = Object.entries(variables).filter(([name]) => {
    const upper = name.toUpperCase();
    return !competitors.has(upper) && !delivered.has(upper) && !bearerToken.test(upper);
  });
  return Object.fromEntries(entries);
}

/** Some SDKs send even loopback requests through a proxy. */
function proxyExceptions(variables: Variables, host: string): NodeJS.ProcessEnv {
  const usesProxy = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].some(
    (name) => variables[name] !== undefined,
  );
  if (!usesProxy) return {};
  const known = variables["no_proxy"] ?? variables["NO_PROXY"] ?? "";
  const extended = known === "" ? host : `${known},${host}`;
  return { NO_PROXY: extended, no_proxy: extended };
}
