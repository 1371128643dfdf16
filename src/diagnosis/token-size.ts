import type { AwsCredentials } from "../aws/credentials.js";
import type { Finding } from "./finding.js";
import { pass, warn } from "./finding.js";

/** The maximum that a reader accepts. AWS documents no limit of its own. */
interface ReaderLimit {
  readonly of: "document" | "line" | "variable";
  readonly max: number;
  readonly reader: string;
}

const limits: readonly ReaderLimit[] = [
  // Its buffer has 8,192 bytes, including the terminator.
  { of: "document", max: 8191, reader: "Fluent Bit reads 8,191 bytes of a credential_process" },
  // DefaultBufSize of processcreds. The rest is cut off.
  { of: "document", max: 8192, reader: "version 1 of the AWS SDK for Go reads 8,192 bytes of a credential_process" },
  // https://learn.microsoft.com/en-us/troubleshoot/windows-client/shell-experience/command-line-string-limitation
  { of: "line", max: 8191, reader: "cmd.exe takes lines of 8,191 characters (credentials --format windows-cmd)" },
  // https://learn.microsoft.com/en-us/windows/win32/api/processenv/nf-processenv-setenvironmentvariablew
  { of: "variable", max: 32_767, reader: "Windows takes environment variables of 32,767 characters (exec)" },
];

const variable = "AWS_SESSION_TOKEN";

/** Checks whether a known reader would truncate the session. */
export function checkTokenSize({ sessionToken = "" }: AwsCredentials, documentBytes: number): Finding {
  const subject = "session token";
  const sizes = {
    document: documentBytes,
    line: `SET ${variable}=`.length + sessionToken.length,
    variable: sessionToken.length,
  };
  const size = `${count(sessionToken.length)} characters, a credential_process document of ${count(documentBytes)} bytes`;
  const exceeded = limits.filter(({ of, max }) => sizes[of] > max);
  if (exceeded.length === 0) return pass("TOKEN_SIZE", subject, `${size}: below the limits of all known readers`);
  return warn(
    "TOKEN_SIZE",
    subject,
    `${size}, but ${exceeded.map(({ reader }) => reader).join("; ")}`,
    "let these read it from rolesanywhere-ts serve, or shorten session tags and session policies, which make tokens long",
  );
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
