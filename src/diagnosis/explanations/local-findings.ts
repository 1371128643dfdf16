import type { FindingCode } from "../finding-codes.js";
import type { Explanation } from "./explanation.js";

/** Findings about settings, files, the cache and methods. */
export const localFindings = {
  SETTINGS: {
    text: "A setting is missing or malformed. The message names the flag, variable or profile key it came from.",
    fix: "correct it there. `rolesanywhere-ts credential-process --help` lists every flag; the environment's name of `--role-arn` is `ROLESANYWHERE_TS_ROLE_ARN`, the profile's key `rolesanywhere_role_arn`.",
  },
  SETTINGS_ARNS: {
    text: "Trust anchor, profile and role are of different partitions, accounts or regions. CreateSession needs all three in one.",
    fix: "take ARNs of one account and region (`aws rolesanywhere list-trust-anchors`, `list-profiles`). Reach a role of another account with `--assume-role-arn`.",
  },
  SETTINGS_REGION: {
    text: "`--region` is not the trust anchor's region, so the request would be signed for the wrong place.",
    fix: "leave `--region` out.",
  },
  SETTINGS_HOPS: {
    text: "The chained roles, in order. Skipped when there are none. Nothing to fix.",
  },
  SETTINGS_SCOPE: {
    text: "What the session is scoped down to, and for how long. Absent when there is no scope.",
    fix: "correct the flag, variable or key that the message names; `rolesanywhere-ts credentials --print-scope` shows the policy. See [scoped sessions](scoped-sessions.md).",
  },
  COMPETING_SOURCES: {
    text: "Something in the environment or the config files wins over the profile in some SDKs or in all of them.",
    fix: "remove the variable or the section that the message names.",
  },
  SDK_SOURCES: {
    text: "Which source each family of SDKs would take here. A warning means that they disagree.",
    fix: "remove the sources that are not meant; `aws configure list --profile NAME` shows what the AWS CLI takes.",
  },
  PROFILE_SOURCE: {
    text: "Where the profile's credentials come from: a `credential_process` that runs this program, `rolesanywhere_*` keys, another program, or another way such as SSO. `source_profile` is followed as AWS tools follow it, and roles on the way are assumed for the check too. Another program is never run, so its settings stay unknown. A warning names what only some tools refuse: a role without a region, or a line beside `source_profile`.",
    fix: "name a profile that exists and gives credentials; `rolesanywhere-ts check --methods --profile NAME` tries every way.",
  },
  SHARED_FILES: {
    text: 'What the AWS CLI and boto3, and the AWS SDKs for JavaScript, Go, Java and .NET find of the profile in the config and credentials file. The AWS CLI and boto3 refuse a whole file for a section or key that stands there twice, text before the first section, a line without `=` or a byte order mark; .NET and Java refuse one for a line without `=` or a comment after a header. JavaScript, Java and .NET do not read `key : value`, JavaScript and Java no keys in upper case. Go, Java and .NET do not find `[profile "NAME"]`; JavaScript and Java find no name with blanks or letters beyond ASCII. Go removes quotation marks at both ends of a line. Access keys win over `credential_process` in JavaScript and Go; .NET refuses a profile with both, or with keys of a role, of SSO, `mfa_serial`, `external_id` or `role_session_name` beside it; version 3.7 also refuses `services` and `endpoint_url`.',
    fix: "write the section as `[profile NAME]`, each key once, as `key = value` on one line; `rolesanywhere-ts configure` writes it so.",
  },
  PROFILE_COMMAND: {
    text: "The profile's `credential_process` line. The AWS CLI and boto3 split it themselves, most other SDKs give it to a shell: only a line of plain words, with paths in double quotes where they have spaces, is read alike by all. The SDK for .NET doubles backslashes. On Windows only a line without quotation marks is run by all: those for Go, Rust and .NET and the AWS Toolkit for JetBrains run others not at all, or only some of them.",
    fix: "`rolesanywhere-ts configure` writes such a line.",
  },
  PROFILE_EXECUTABLE: {
    text: "The program on that line is not found, or is not the file that runs the check. It is never run for the check, so the settings of another program stay unknown.",
    fix: "give its full path; `rolesanywhere-ts configure` writes the line with the path of this program.",
  },
  CERTIFICATE_FILE: {
    text: "The file that `--certificate` names is missing or cannot be read by this user.",
    fix: "check path and mode: `ls -l FILE`.",
  },
  KEY_FILE: {
    text: "The file that `--private-key` names is missing or cannot be read by this user.",
    fix: "check path and mode, and as which user this runs: services often run as another one.",
  },
  INTERMEDIATES_FILE: {
    text: "The file that `--intermediates` names is missing or cannot be read by this user.",
    fix: "check path and mode. When the certificate file holds the chain, leave the flag out.",
  },
  PASSWORD_FILE: {
    text: "The file that `--password-file` names is missing or cannot be read by this user.",
    fix: "check path and mode. The password is its first line.",
  },
  PIN_FILE: {
    text: "The file that `--pkcs11-pin-file` names is missing or cannot be read by this user.",
    fix: "check path and mode. The PIN is its first line.",
  },
  SECRET_FILE_MODE: {
    text: "A file with a key, a password or a PIN may be read by others, or belongs to another user. Mode 0440 is right in a Kubernetes volume, and for a file that this user reads as a member of its group.",
    fix: "`chmod 600 FILE`, or `rolesanywhere-ts check --fix`. In a pod, `defaultMode: 0440` of the volume with `securityContext.fsGroup`.",
  },
  FILE_LINK: {
    text: "The path is a symbolic link, with its target; told for information. Nothing to fix.",
  },
  CACHE_FOLDER: {
    text: "Where sessions are kept, and whether the folder is used. A folder that others may write is not.",
    fix: "remove it; `rolesanywhere-ts cache path` names it.",
  },
  CACHE_ENTRY: {
    text: "The session that is kept for exactly these settings and this certificate. A warning means that AWS failed when it was due for renewal, and that it is being used up.",
    fix: "see the findings about network and AWS. `rolesanywhere-ts cache clear` forgets the session.",
  },
  METHOD: {
    text: "One way to credentials, tried on its own with GetCallerIdentity: pass, fail, or skip with the reason.",
    fix: "what the message says; a way that is not meant to work here can stay as it is.",
  },
} as const satisfies Partial<Record<FindingCode, Explanation>>;
