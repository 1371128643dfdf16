// `rolesanywhere-ts/sign`
export { signRequest } from "../library/requests/sign-request.js";
export { createSignedFetch } from "../library/requests/signed-fetch.js";
export type {
  SignableRequest,
  SignedFetchOptions,
  SignedRequest,
  SignRequestOptions,
} from "../library/requests/options.js";
export type { AwsCredentials, CredentialProvider } from "../aws/credentials.js";
export type { PathSigning } from "../signing/canonical-request.js";
