import type { CredentialServer, StartCredentialServerOptions } from "./credential-server-options.js";

/**
 * Serves a provider's credentials to every AWS SDK in processes that get its variables. It serves them from memory and
 * refreshes them before they expire, one refresh at a time.
 *
 * @throws UsageError `ERR_ARN`, `ERR_ARGUMENT`, `ERR_CONFLICT` for options, `ERR_LISTEN` when the address is not
 *   available, `ERR_CREDENTIALS` when the provider's credentials do not expire or have no session token; the error that
 *   the provider rejects with when it cannot get the first session.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 * @example
 * ```ts
 * import { spawn } from "node:child_process";
 * import { fromRolesAnywhere, startCredentialServer } from "rolesanywhere-ts";
 *
 * const roleArn = "arn:aws:iam::111122223333:role/ROLE_NAME";
 * await using server = await startCredentialServer({ provider: fromRolesAnywhere({ roleArn, … }), roleArn });
 * spawn("aws", ["s3", "ls"], { env: server.environment() });
 * ```
 */
export async function startCredentialServer(options: StartCredentialServerOptions): Promise<CredentialServer> {
  const { openCredentialServer } = await import("./open-credential-server.js");
  return openCredentialServer(options);
}
