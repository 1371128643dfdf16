export { fromRolesAnywhere } from "./library/from-roles-anywhere.js";
export type { FromRolesAnywhereOptions, RolesAnywhereProvider } from "./library/from-roles-anywhere.js";
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
export { version } from "./version.js";
