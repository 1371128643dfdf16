import { editSharedFile } from "../aws/edit-shared-file.js";
import type { SessionCredentials } from "../aws/credentials.js";
import type { SectionEdit } from "../aws/ini/edit.js";
import { UsageError } from "../errors.js";
import { formatExpiration } from "./process-document.js";

/**
 * Validates the name of a profile to write.
 *
 * @throws UsageError `ERR_SETTING` for a name that cannot be a section header.
 */
export function parseProfileName(text: string, subject: string): string {
  if (text !== "" && text === text.trim() && !/[[\]#;\p{Cc}]/u.test(text)) return text;
  throw new UsageError("ERR_SETTING", `${subject} is "${text}", which cannot be the name of a profile`, {
    hints: ["take letters, digits and - _ . @ + / : %"],
  });
}

/**
 * Builds the edit that writes a session to its profile in a credentials file. Tools that show the expiration read it
 * from `x_security_token_expires`. `aws_security_token`, which botocore prefers, is updated only if it exists.
 */
export function sessionEdit(profile: string, credentials: SessionCredentials): SectionEdit {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return {
    matches: (header) => header === profile,
    header: profile,
    changes: {
      aws_access_key_id: accessKeyId,
      aws_secret_access_key: secretAccessKey,
      aws_session_token: sessionToken,
      aws_security_token: sessionToken,
      x_security_token_expires: formatExpiration(expiration),
    },
    replaceOnly: ["aws_security_token"],
  };
}

/** A profile of a credentials file. */
export interface SessionTarget {
  readonly file: string;
  readonly profile: string;
  /** Whether the file keeps its inode. */
  readonly inPlace: boolean;
}

/** @throws UsageError if the file cannot be read or written. */
export async function writeSession(
  { file, profile, inPlace }: SessionTarget,
  credentials: SessionCredentials,
): Promise<void> {
  await editSharedFile(file, sessionEdit(profile, credentials), { secret: true, inPlace });
}
