import { chainedDurationSeconds, formatRange, sessionDurationSeconds } from "../../aws/duration-limits.js";
import type { OptionTable } from "../line/arguments.js";

const group = "Role";

/** Parameters of AssumeRole. */
export const assumeRoleOptions = {
  "session-name": {
    kind: "string",
    placeholder: "NAME",
    group,
    describe: "session name; default: rolesanywhere-ts and the time",
  },
  duration: {
    kind: "integer",
    placeholder: "SECONDS",
    default: sessionDurationSeconds.default,
    group,
    describe: `session duration, ${formatRange(sessionDurationSeconds)}; at most ${chainedDurationSeconds.maximum} for role chaining`,
  },
  "external-id": { kind: "string", placeholder: "ID", group, describe: "external ID that the trust policy requires" },
  "mfa-serial": {
    kind: "string",
    placeholder: "ARN",
    group,
    describe: "serial number or ARN of your MFA device",
  },
  "mfa-token": {
    kind: "string",
    placeholder: "CODE",
    group,
    describe: "six-digit code of the MFA device; on a terminal, you are asked for it",
  },
  policy: { kind: "string", placeholder: "JSON", group, describe: "session policy: JSON or file://PATH" },
  "policy-arn": {
    kind: "list",
    placeholder: "ARN",
    group,
    describe: "managed policy to use as a session policy; repeatable",
  },
  tag: { kind: "list", placeholder: "KEY=VALUE", group, describe: "session tag; repeatable" },
  "transitive-tag-key": {
    kind: "list",
    placeholder: "KEY",
    group,
    describe: "session tag that later roles get too; repeatable",
  },
  "source-identity": { kind: "string", placeholder: "NAME", group, describe: "source identity" },
} as const satisfies OptionTable;
