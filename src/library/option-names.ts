import type { StartCredentialServerOptions } from "./credential-server-options.js";
import type { StartEmulatorOptions } from "./emulator-options.js";
import type { IdentityOptions } from "./identity-options.js";
import type { ReadArchiveOptions, ReadTableExportOptions, ScanTableOptions } from "./readers/options.js";
import type { SignableRequest, SignedFetchOptions, SignRequestOptions } from "./requests/options.js";
import type { ConnectionOptions, ProviderOptions, ScopeOptions, SessionOptions } from "./session-options.js";

type KeyOf<T> = T extends unknown ? keyof T : never;
/** The names of all options of a function; the compiler reports missing and extra ones. */
type Names<T> = Readonly<Record<KeyOf<T>, true>>;

const identity: Names<IdentityOptions> = {
  certificate: true,
  privateKey: true,
  intermediates: true,
  pkcs8Password: true,
  pkcs12Password: true,
  passwordFile: true,
  certSelector: true,
  certStore: true,
  systemStoreName: true,
  useLatestExpiringCertificate: true,
  pkcs11Lib: true,
  pkcs11Pin: true,
  pkcs11PinFile: true,
  reusePin: true,
  tpmKeyPassword: true,
  noTpmKeyPassword: true,
};

const connection: Names<ConnectionOptions> = {
  region: true,
  stsEndpoint: true,
  useFipsEndpoint: true,
  useDualstackEndpoint: true,
  verifySsl: true,
  caBundle: true,
  proxy: true,
  timeouts: true,
  signal: true,
  debug: true,
  environment: true,
};

const session: Names<SessionOptions> = {
  ...identity,
  ...connection,
  trustAnchorArn: true,
  profileArn: true,
  roleArn: true,
  settingsProfile: true,
  sessionDurationSeconds: true,
  roleSessionName: true,
  instanceProperties: true,
  scope: true,
  endpoint: true,
};

const provider: Names<SessionOptions & ProviderOptions> = {
  ...session,
  hops: true,
  cache: true,
  onRenewed: true,
  onRenewalFailed: true,
};

export const scopeOptionNames: Names<ScopeOptions> = {
  allow: true,
  policy: true,
  durationSeconds: true,
  description: true,
};

export const sessionOptionNames = { assumeRoles: connection, createSession: session, fromRolesAnywhere: provider };

const reading = {
  credentials: true,
  region: true,
  endpoint: true,
  caBundle: true,
  verifySsl: true,
  signal: true,
  environment: true,
} as const;

export const readArchiveOptionNames: Names<ReadArchiveOptions> = {
  ...reading,
  urls: true,
  bucket: true,
  key: true,
  versionId: true,
  requesterPays: true,
  shard: true,
  folder: true,
  date: true,
  from: true,
  to: true,
  keyTemplate: true,
  pick: true,
  skipMissing: true,
  member: true,
  exclude: true,
  maxExpansion: true,
  archivePasswordFile: true,
  delimiter: true,
  header: true,
  skip: true,
  comment: true,
  quote: true,
  escape: true,
  null: true,
  types: true,
  encoding: true,
  ragged: true,
  columns: true,
  infer: true,
  text: true,
  where: true,
  sourceColumn: true,
  hivePartitioning: true,
  limit: true,
  readTimeoutSeconds: true,
  onNote: true,
};

export const scanTableOptionNames: Names<ScanTableOptions> = {
  ...reading,
  table: true,
  index: true,
  key: true,
  reverse: true,
  consistentRead: true,
  filter: true,
  where: true,
  projection: true,
  values: true,
  names: true,
  limit: true,
  segments: true,
  shard: true,
  maxRcu: true,
  checkpoint: true,
  timeoutSeconds: true,
  numbers: true,
  sets: true,
  typed: true,
};

export const readTableExportOptionNames: Names<ReadTableExportOptions> = {
  ...reading,
  url: true,
  requesterPays: true,
  shard: true,
  limit: true,
  readTimeoutSeconds: true,
  numbers: true,
  sets: true,
  typed: true,
};

export const requestNames: Names<SignableRequest> = { method: true, url: true, headers: true, body: true };

export const signRequestOptionNames: Names<SignRequestOptions> = {
  credentials: true,
  service: true,
  region: true,
  regionSet: true,
  date: true,
  unsignedPayload: true,
  pathSigning: true,
  presignSeconds: true,
};

export const signedFetchOptionNames: Names<SignedFetchOptions> = {
  service: true,
  region: true,
  regionSet: true,
  unsignedPayload: true,
  pathSigning: true,
  fetch: true,
};

export const startEmulatorOptionNames: Names<StartEmulatorOptions> = {
  host: true,
  allowRemote: true,
  port: true,
  tls: true,
  folder: true,
  faults: true,
  onRequest: true,
};

export const startCredentialServerOptionNames: Names<StartCredentialServerOptions> = {
  provider: true,
  roleArn: true,
  host: true,
  port: true,
  allowRemote: true,
  container: true,
  metadata: true,
  token: true,
  region: true,
  tls: true,
  onRenewalFailed: true,
};
