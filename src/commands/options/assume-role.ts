import { chainedDurationSeconds, formatRange, sessionDurationSeconds } from "../../aws/duration-limits.js";
import type { OptionTable } from "../line/arguments.js";

const group = "Role";

/** Parameters of AssumeRole. */
export const assumeRoleOptions = {
  "session-name": {
    kind: "string",
    placeholder: "NAME",
    group,
    describe: "session name; rolesanywhere-ts and the time when absent",
  },
  duration: {
    kind: "integer",
    placeholder: "SECONDS",
    default: sessionDurationSeconds.default,
    group,
    describe: `length of the session, ${formatRange(sessionDurationSeconds)}; at most ${chainedDurationSeconds.maximum} when a role assumes the role`,
  },
  "external-id": { kind: "string", placeholder: "ID", group, describe: "external id that the trust policy asks for" },
  "mfa-serial": {
    kind: "string",
    placeholder: "ARN",
    group,
    describe: "serial number or ARN of the caller's MFA device",
  },
  "mfa-token": {
    kind: "string",
    placeholder: "CODE",
    group,
    describe: "six digits of the MFA device; asked for on a terminal when absent",
  },
  policy: { kind: "string", placeholder: "JSON", group, describe: "session policy, JSON or file://PATH" },
  "policy-arn": { kind: "list", placeholder: "ARN", group, describe: "managed session policy; repeatable" },
  tag: { kind: "list", placeholder: "KEY=VALUE", group, describe: "session tag; repeatable" },
  "source-identity": { kind: "string", placeholder: "NAME", group, describe: "source identity" },
} as const satisfies OptionTable;
