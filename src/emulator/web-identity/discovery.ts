import type { ReceivedRequest } from "../signature/received-request.js";
import { algorithms } from "./keys.js";
import type { WebIdentityKeys } from "./keys.js";

const keySetPath = "/.well-known/jwks.json";

/**
 * Returns the public documents that other services use to verify web identity tokens; undefined for other requests.
 *
 * @param issuer The URL of the emulator.
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html
 */
export function findDiscoveryDocument(
  { method, path }: ReceivedRequest,
  issuer: string,
  keys: WebIdentityKeys,
): object | undefined {
  if (method !== "GET") return undefined;
  if (path === keySetPath) return keys.keySet();
  if (path !== "/.well-known/openid-configuration") return undefined;
  return {
    issuer,
    jwks_uri: `${issuer}${keySetPath}`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: algorithms,
    claims_supported: ["iss", "aud", "sub", "iat", "exp", "jti"],
  };
}
