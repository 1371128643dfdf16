import { chainedDurationSeconds, formatRange, sessionDurationSeconds } from "../../aws/duration-limits.js";
import type { OptionTable } from "../line/arguments.js";

const group = "Session";
const connection = "Connection";

/** Which session to ask for. */
export const sessionOptions = {
  "trust-anchor-arn": {
    kind: "string",
    placeholder: "ARN",
    group,
    describe: "trust anchor; its region is the default region",
  },
  "profile-arn": { kind: "string", placeholder: "ARN", group, describe: "Roles Anywhere profile" },
  "role-arn": { kind: "string", placeholder: "ARN", group, describe: "role to assume" },
  "session-duration": {
    kind: "integer",
    placeholder: "SECONDS",
    default: sessionDurationSeconds.default,
    group,
    describe: `length of the session, ${formatRange(sessionDurationSeconds)}`,
  },
  "role-session-name": {
    kind: "string",
    placeholder: "NAME",
    group,
    describe: "session name, where the profile accepts one; the certificate's serial number when absent",
  },
} as const satisfies OptionTable;

/** How to reach AWS. */
export const connectionOptions = {
  region: {
    kind: "string",
    placeholder: "REGION",
    group: connection,
    describe: "region of IAM Roles Anywhere; the trust anchor's when absent",
  },
  endpoint: { kind: "string", placeholder: "URL", group: connection, describe: "endpoint of IAM Roles Anywhere" },
  "use-fips-endpoint": { kind: "boolean", group: connection, describe: "use the FIPS endpoints" },
  "use-dualstack-endpoint": { kind: "boolean", group: connection, describe: "use the dual-stack endpoints" },
  "no-verify-ssl": { kind: "boolean", group: connection, describe: "do not verify the server's TLS certificate" },
  "with-proxy": {
    kind: "boolean",
    group: connection,
    describe: "accepted for compatibility: proxies of the environment are always used",
  },
  debug: { kind: "boolean", group: connection, describe: "write a redacted trace to stderr" },
} as const satisfies OptionTable;

/** Roles to go on to; all but the first two apply to the last one. */
export const hopOptions = {
  "assume-role-arn": {
    kind: "list",
    placeholder: "ARN",
    group: "Hop",
    describe: "go on to this role by STS AssumeRole; repeat it for a chain",
  },
  hops: {
    kind: "string",
    placeholder: "file://PATH",
    group: "Hop",
    describe: "JSON array of hops in AssumeRole's own parameter names",
  },
  "assume-session-name": {
    kind: "string",
    placeholder: "NAME",
    group: "Hop",
    describe: "session name of the last hop",
  },
  "assume-duration": {
    kind: "integer",
    placeholder: "SECONDS",
    group: "Hop",
    describe: `length of the last hop's session, ${formatRange(chainedDurationSeconds)}`,
  },
  "external-id": { kind: "string", placeholder: "ID", group: "Hop", describe: "external id of the last hop" },
  "source-identity": { kind: "string", placeholder: "NAME", group: "Hop", describe: "source identity of the last hop" },
  policy: {
    kind: "string",
    placeholder: "JSON",
    group: "Hop",
    describe: "session policy of the last hop, JSON or file://PATH",
  },
  "policy-arn": {
    kind: "list",
    placeholder: "ARN",
    group: "Hop",
    describe: "managed session policy of the last hop; repeatable",
  },
  tag: { kind: "list", placeholder: "KEY=VALUE", group: "Hop", describe: "session tag of the last hop; repeatable" },
  "transitive-tag-key": {
    kind: "list",
    placeholder: "KEY",
    group: "Hop",
    describe: "tag key that further hops keep; repeatable",
  },
} as const satisfies OptionTable;

/** Where settings may come from besides flags and environment. */
export const settingsOptions = {
  "settings-profile": {
    kind: "string",
    placeholder: "PROFILE",
    group: "Settings",
    describe: "profile in the AWS config file with rolesanywhere_* keys",
  },
} as const satisfies OptionTable;
