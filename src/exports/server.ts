// `rolesanywhere-ts/server`
export { startCredentialServer } from "../library/start-credential-server.js";
export type {
  CredentialServer,
  ServedProvider,
  StartCredentialServerOptions,
} from "../library/credential-server-options.js";
export type { AwsCredentials } from "../aws/credentials.js";
