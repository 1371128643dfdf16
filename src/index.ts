export { fromRolesAnywhere } from "./library/from-roles-anywhere.js";
export type { FromRolesAnywhereOptions, RolesAnywhereProvider } from "./library/from-roles-anywhere.js";
export { signRequest } from "./library/sign-request.js";
export type { SignableRequest, SignedRequest, SignRequestOptions } from "./library/sign-request.js";
export { createSignedFetch } from "./library/signed-fetch.js";
export type { SignedFetchOptions } from "./library/signed-fetch.js";
export {
  errorCodes,
  exitStatusOf,
  exitStatuses,
  IdentityError,
  InternalError,
  NetworkError,
  RolesAnywhereError,
  ServiceError,
  UsageError,
} from "./errors.js";
export type { Blame, ErrorCode } from "./errors.js";
export type { AssumeRoleParameters } from "./aws/assume-role.js";
export type { AwsCredentials, CredentialProvider } from "./aws/credentials.js";
export type { PathSigning } from "./signing/sigv4-canonical.js";
export { version } from "./version.js";
