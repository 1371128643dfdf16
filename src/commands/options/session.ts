import { chainedDurationSeconds, formatRange, sessionDurationSeconds } from "../../aws/duration-limits.js";
import type { OptionTable } from "../line/arguments.js";

const group = "Session";
const connection = "Connection";
const chaining = "Role chaining";
const scoping = "Scope";

/** Which session to request. */
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
    describe: `session duration, ${formatRange(sessionDurationSeconds)}`,
  },
  "role-session-name": {
    kind: "string",
    placeholder: "NAME",
    group,
    describe: "session name, if the profile accepts one; default: the certificate's serial number",
  },
} as const satisfies OptionTable;

/** How to reach AWS. */
export const connectionOptions = {
  region: {
    kind: "string",
    placeholder: "REGION",
    group: connection,
    describe: "region of IAM Roles Anywhere; default: the trust anchor's region",
  },
  endpoint: { kind: "string", placeholder: "URL", group: connection, describe: "endpoint URL of IAM Roles Anywhere" },
  "use-fips-endpoint": { kind: "boolean", group: connection, describe: "use FIPS endpoints" },
  "use-dualstack-endpoint": { kind: "boolean", group: connection, describe: "use dual-stack endpoints" },
  "no-verify-ssl": { kind: "boolean", group: connection, describe: "do not verify the server's TLS certificate" },
  "with-proxy": {
    kind: "boolean",
    group: connection,
    describe: "no effect, accepted for compatibility: proxies in the environment are always used",
  },
  debug: { kind: "boolean", group: connection, describe: "print a trace without secrets to stderr" },
} as const satisfies OptionTable;

/** Role chaining. All but the first two flags apply to the last role. */
export const hopOptions = {
  "assume-role-arn": {
    kind: "list",
    placeholder: "ARN",
    group: chaining,
    describe: "assume this role with the session (role chaining); repeatable, in order",
  },
  hops: {
    kind: "string",
    placeholder: "file://PATH",
    group: chaining,
    describe: "roles to assume in order: JSON array with the parameters of AssumeRole",
  },
  "assume-session-name": {
    kind: "string",
    placeholder: "NAME",
    group: chaining,
    describe: "session name for the last role",
  },
  "assume-duration": {
    kind: "integer",
    placeholder: "SECONDS",
    group: chaining,
    describe: `session duration of the last role, ${formatRange(chainedDurationSeconds)}`,
  },
  "external-id": {
    kind: "string",
    placeholder: "ID",
    group: chaining,
    describe: "external ID for the last role",
  },
  "source-identity": {
    kind: "string",
    placeholder: "NAME",
    group: chaining,
    describe: "source identity for the last role",
  },
  policy: {
    kind: "string",
    placeholder: "JSON",
    group: chaining,
    describe: "session policy for the last role: JSON or file://PATH",
  },
  "policy-arn": {
    kind: "list",
    placeholder: "ARN",
    group: chaining,
    describe: "managed policy to use as a session policy for the last role; repeatable",
  },
  tag: {
    kind: "list",
    placeholder: "KEY=VALUE",
    group: chaining,
    describe: "session tag for the last role; repeatable",
  },
  "transitive-tag-key": {
    kind: "list",
    placeholder: "KEY",
    group: chaining,
    describe: "key of a session tag that later roles keep; repeatable",
  },
} as const satisfies OptionTable;

/** A last step that limits the session. */
export const scopeOptions = {
  scope: {
    kind: "list",
    placeholder: "NAME=RESOURCE",
    group: scoping,
    describe: "allow only this, such as s3-read=BUCKET/PREFIX; repeatable",
  },
  "scope-policy": {
    kind: "string",
    placeholder: "JSON",
    group: scoping,
    describe: "allow only what this policy allows: JSON or file://PATH",
  },
  "scope-duration": {
    kind: "integer",
    placeholder: "SECONDS",
    group: scoping,
    describe: "end the session earlier, 1-129600",
  },
  "scope-description": {
    kind: "string",
    placeholder: "TEXT",
    group: scoping,
    describe: "purpose of the scope, for CloudTrail",
  },
} as const satisfies OptionTable;

/** Sources of settings besides flags and environment. */
export const settingsOptions = {
  "settings-profile": {
    kind: "string",
    placeholder: "PROFILE",
    group: "Settings",
    describe: "AWS config profile: its rolesanywhere_* keys and the flags of its credential_process line",
    alias: "profile",
  },
} as const satisfies OptionTable;
