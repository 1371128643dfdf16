// `rolesanywhere-ts/sign`
export { signRequest } from "../library/requests/sign-request.js";
export type { SignableRequest, SignedRequest, SignRequestOptions } from "../library/requests/sign-request.js";
export { createSignedFetch } from "../library/requests/signed-fetch.js";
export type { SignedFetchOptions } from "../library/requests/signed-fetch.js";
export type { AwsCredentials, CredentialProvider } from "../aws/credentials.js";
export type { PathSigning } from "../signing/canonical-request.js";
