import { accessSync, constants, lstatSync, readlinkSync, statSync } from "node:fs";
import { systemCode } from "../errors.js";
import type { Finding } from "./finding.js";
import { fail, pass, warn } from "./finding.js";
import type { FindingCode } from "./finding-codes.js";

/** A file that a setting names. */
export interface NamedFile {
  readonly path: string;
  /** How the report names it: the path with the setting it came from. */
  readonly subject: string;
  /** Whether it holds a key or a password, which nobody else should read. */
  readonly secret: boolean;
}

/** Whether a file is there and may be read by this user. */
export function checkReadable(code: FindingCode, { path, subject }: NamedFile): Finding {
  try {
    if (statSync(path).isDirectory())
      return fail(code, subject, "is a directory, expected a file", "name the file itself");
    accessSync(path, constants.R_OK);
    return pass(code, subject, `readable, ${statSync(path).size} bytes`);
  } catch (error) {
    const reason = systemCode(error);
    if (reason === "ENOENT" || reason === "ENOTDIR")
      return fail(
        code,
        subject,
        "no such file",
        "check the path; a relative one begins at the working directory of the program that calls this one",
      );
    return fail(
      code,
      subject,
      `cannot be read: ${reason}`,
      "let the user that runs this program read it, and search its folders",
    );
  }
}

/** Mode, owner and links of a readable file. */
export function inspectFile(file: NamedFile, platform: NodeJS.Platform): readonly Finding[] {
  const { path, subject, secret } = file;
  const stats = statSync(path);
  const findings: Finding[] = [];
  if (lstatSync(path).isSymbolicLink()) findings.push(pass("FILE_LINK", subject, `a link to ${readlinkSync(path)}`));
  if (!secret || platform === "win32") return findings;
  const mode = stats.mode & 0o777;
  const shown = `mode 0${mode.toString(8).padStart(3, "0")}`;
  if ((mode & 0o077) !== 0) {
    return [
      ...findings,
      {
        ...warn(
          "SECRET_FILE_MODE",
          subject,
          `${shown}, wider than 0600: others on this machine may read it`,
          `chmod 600 ${path}`,
        ),
        fix: { kind: "mode", path },
      },
    ];
  }
  const uid = process.getuid?.();
  if (uid !== undefined && uid !== 0 && stats.uid !== uid) {
    return [
      ...findings,
      warn(
        "SECRET_FILE_MODE",
        subject,
        `${shown}, but owned by user ${stats.uid}`,
        `chown it to user ${uid}, who runs this program`,
      ),
    ];
  }
  return [...findings, pass("SECRET_FILE_MODE", subject, shown)];
}
