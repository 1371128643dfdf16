import type { ErrorCode } from "../../errors.js";
import type { Explanation } from "./explanation.js";

/** Errors of the command line, the environment, the profile or the input. */
export const usageErrors = {
  ERR_ARGUMENT: {
    seen: 'unexpected argument "…"',
    text: "A flag or a word beside the flags has a value that it cannot have, lacks one, or is one too many.",
    fix: "compare with `rolesanywhere-ts COMMAND --help` or [commands and flags](reference/commands.md). Quote values with blanks.",
  },
  ERR_ARN: {
    seen: '--profile-arn is an IAM role ARN: "…"; expected a Roles Anywhere profile ARN',
    text: "A trust anchor, profile or role ARN is malformed, or is an ARN of another kind, such as a role's where the profile's belongs.",
    fix: "copy the ARN anew: `aws rolesanywhere list-trust-anchors`, `aws rolesanywhere list-profiles`, `aws iam get-role --role-name NAME`.",
  },
  ERR_ARN_MISMATCH: {
    seen: "trust anchor and profile regions don't match: --trust-anchor-arn has us-east-1, --profile-arn has eu-west-1",
    text: "Trust anchor, profile and role are each well-formed, but of different partitions, accounts or regions.",
    fix: "take all three from one account and region. Reach a role of another account by [role chaining](configuration.md#role-chaining).",
  },
  ERR_COMMAND: {
    seen: 'cannot run "…": it is not found',
    text: "The program to run, after `--` of `exec` or in `update --exec`, cannot be started or failed.",
    fix: "run that command by hand. After `--` each argument is a word of its own; there is no shell.",
  },
  ERR_CONFIG_FILE: {
    seen: "cannot read the AWS config file …: EISDIR",
    text: "The AWS config or credentials file cannot be read, or is UTF-16 text, as PowerShell's `>` writes it.",
    fix: "check path (`AWS_CONFIG_FILE`) and mode; save it as UTF-8.",
  },
  ERR_CONFLICT: {
    seen: "--certificate and --cert-selector exclude each other, and both were given",
    text: "Two settings of the same origin exclude each other, such as `--certificate` and `--cert-selector`; or a checkpoint belongs to another `scan`.",
    fix: "leave out one of the two that the message names. Remove the checkpoint to start anew.",
  },
  ERR_CREDENTIALS: {
    seen: "there are no credentials (default credential chain): …",
    text: "A command that takes any credentials (`assume-role`, `scan`, `read-s3`, `request`, `exec`) found none, or found ones that have expired. When a profile is named, the message says what failed in that profile; no other source is tried.",
    fix: "give the certificate settings, `--profile` or `--source-profile`; `rolesanywhere-ts check --methods` tries each source on its own.",
  },
  ERR_INPUT: {
    seen: "token file … has 5 characters, expected a token of at least 16",
    text: "A file, a body or a document that a command reads is missing, unreadable or not what it should be: a body that changed while it was sent, a token file that is too short, CSV that is broken.",
    fix: "check the file and the place in it that the message names.",
  },
  ERR_LISTEN: {
    seen: "0.0.0.0:9911 is not a loopback address: other machines could reach the credentials",
    text: "`serve` or `emulator` cannot listen: the port is taken, or the address is not loopback and `--allow-remote` is missing.",
    fix: "`--port 0` takes a free port; see [where serve listens](serve.md#where-it-listens) before you add `--allow-remote`.",
  },
  ERR_NOT_AVAILABLE: {
    seen: "--hop-limit 3 cannot be honoured beyond loopback: …",
    text: "What was asked for does not exist on this platform or in this installation: PKCS#11 without its native module, a certificate store on Linux, a hop limit beyond loopback.",
    fix: "the message has the line that installs what is missing, or says what to use instead.",
  },
  ERR_OUTPUT: {
    seen: 'cannot write "…": its folder does not exist (ENOENT)',
    text: "An output file cannot be written safely: no permission, no folder, a device or pipe where a secret would go, a file or link that another user may have put there, another process that holds its lock, or a value that the chosen form cannot carry.",
    fix: "name a file in a folder that exists and is yours; choose another `--format`.",
  },
  ERR_SETTING: {
    seen: "--trust-anchor-arn is missing",
    text: "A setting is missing or has a value out of range. The message names where it came from: flag, variable, or key with profile and file.",
    fix: "correct it there. [Every setting with its three names](reference/commands.md#shared-settings).",
  },
  ERR_UNKNOWN_COMMAND: {
    seen: 'unknown command "…" for "rolesanywhere-ts"',
    text: "There is no such command.",
    fix: "`rolesanywhere-ts --help` lists them; a near name is proposed.",
  },
  ERR_UNKNOWN_OPTION: {
    seen: "unknown flag: --role",
    text: "The command has no such flag. A flag of another command, or one that an older script carries along, is refused rather than ignored.",
    fix: "see the command's `--help`; for scripts of AWS's own helper see [moving over](migrate-from-aws-signing-helper.md).",
  },
} as const satisfies Partial<Record<ErrorCode, Explanation>>;
