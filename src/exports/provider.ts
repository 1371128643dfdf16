// `rolesanywhere-ts/provider`
export { fromRolesAnywhere } from "../library/from-roles-anywhere.js";
export type {
  CallProperties,
  FromRolesAnywhereOptions,
  RolesAnywhereCredentials,
  RolesAnywhereProvider,
} from "../library/from-roles-anywhere.js";
export { createSession } from "../library/create-session.js";
export type { CreatedSession } from "../library/create-session.js";
export { assumeRoles } from "../library/assume-roles.js";
export type { AssumedRole, AssumeRolesOptions } from "../library/assume-roles.js";
export type { IdentityOptions, KeyMaterial, Secret } from "../library/identity-options.js";
export type {
  CacheOptions,
  ConnectionOptions,
  FailedRenewal,
  ProfileSettings,
  ProviderOptions,
  Renewal,
  SessionArns,
  SessionOptions,
  SessionSettings,
} from "../library/session-options.js";
export type { CreateSessionAnswer, CredentialSetMember } from "../vending/create-session-answer.js";
export type { ExchangeTimeouts } from "../aws/http/exchange.js";
export type { AssumeRoleParameters } from "../aws/assume-role.js";
export type { AwsCredentials, CredentialProvider, SessionCredentials } from "../aws/credentials.js";
