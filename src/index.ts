export { fromRolesAnywhere } from "./library/from-roles-anywhere.js";
export type {
  CallProperties,
  FromRolesAnywhereOptions,
  RolesAnywhereCredentials,
  RolesAnywhereProvider,
} from "./library/from-roles-anywhere.js";
export { createSession } from "./library/create-session.js";
export type { CreatedSession } from "./library/create-session.js";
export { assumeRoles } from "./library/assume-roles.js";
export type { AssumedRole, AssumeRolesOptions } from "./library/assume-roles.js";
export type { IdentityOptions, KeyMaterial, Secret } from "./library/identity-options.js";
export type {
  CacheOptions,
  ConnectionOptions,
  FailedRenewal,
  ProfileSettings,
  ProviderOptions,
  Renewal,
  ScopeOptions,
  SessionArns,
  SessionOptions,
  SessionSettings,
} from "./library/session-options.js";
export type { CreateSessionAnswer, CredentialSetMember } from "./vending/create-session-answer.js";
export type { ExchangeTimeouts } from "./aws/http/exchange.js";
export { signRequest } from "./library/requests/sign-request.js";
export { createSignedFetch } from "./library/requests/signed-fetch.js";
export type {
  SignableRequest,
  SignedFetchOptions,
  SignedRequest,
  SignRequestOptions,
} from "./library/requests/options.js";
export { readArchive } from "./library/readers/read-archive.js";
export { scanTable } from "./library/readers/scan-table.js";
export { readTableExport } from "./library/readers/read-table-export.js";
export type {
  Item,
  ItemForm,
  JsonValue,
  ReadArchiveOptions,
  ReadingConnection,
  ReadTableExportOptions,
  ScanTableOptions,
} from "./library/readers/options.js";
export type { ArchivePlace } from "./readers/objects/query.js";
export type { Cell, Row } from "./readers/rows/objects.js";
export { startEmulator } from "./library/start-emulator.js";
export type {
  Emulator,
  EmulatorIdentity,
  EmulatorProviderOptions,
  IssueIdentityOptions,
  StartEmulatorOptions,
} from "./library/emulator-options.js";
export type { Fault } from "./emulator/faults/inject.js";
export type { RequestRecord } from "./emulator/request-record.js";
export type { EmulatorState } from "./emulator/state/memory.js";
export { startCredentialServer } from "./library/start-credential-server.js";
export type {
  CredentialServer,
  ServedProvider,
  StartCredentialServerOptions,
} from "./library/credential-server-options.js";
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
export type { AwsCredentials, CredentialProvider, SessionCredentials } from "./aws/credentials.js";
export type { PathSigning } from "./signing/canonical-request.js";
export { version } from "./version.js";
