import { IdentityError, UsageError } from "../errors.js";
import { message, setting, type Text } from "../message.js";
import { describeOrigin, type Origin } from "../origin.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
};

/** @param reason Code of the error, such as `ENOENT`. */
export function unreadableFile(
  code: "ERR_KEY" | "ERR_CERTIFICATE",
  subject: Text,
  path: string,
  reason: string,
): IdentityError {
  return new IdentityError(code, message`cannot read ${subject}: ${reasons[reason] ?? reason}`, {
    hints: [fileHint(path, reason)],
  });
}

/** Creates the error for a setting that names a key in a device or an agent where only a file is accepted. */
export function notAFile(origin: Origin, noun: string): UsageError {
  return new UsageError(
    "ERR_SETTING",
    message`${describeOrigin(origin)} names a key in a device or an agent, expected a ${noun} file`,
    {
      hints: [
        message`${setting("certificate")} takes pkcs11: URIs and spiffe:, ${setting("private-key")} takes pkcs11: URIs and handle:, ${setting("intermediates")} only files`,
      ],
    },
  );
}

function fileHint(path: string, reason: string): string {
  if (/^["'].*["']$/.test(path)) return "the quotation marks became part of the path: remove them";
  if (path.trim() !== path) return "the path begins or ends with white space: remove it";
  if (path.includes("$")) return "variables in paths are not expanded: write the path out";
  if (reason === "EACCES" || reason === "EPERM")
    return `run "ls -l" on it: the user that runs this program must be able to read it`;
  return "check the path; a relative path begins at the working directory of the program that calls this one";
}
