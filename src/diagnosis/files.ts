import { accessSync, constants, existsSync, lstatSync, readlinkSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname, join } from "node:path";
import { quoteForShell } from "../aws/reader-shell.js";
import type { ReaderShell } from "../aws/reader-shell.js";
import { systemCode } from "../errors.js";
import type { Finding } from "./finding.js";
import { fail, pass, warn } from "./finding.js";
import type { FindingCode } from "./finding-codes.js";

/** A file that a setting names. */
export interface NamedFile {
  readonly path: string;
  /** Its name in the report: the path, and the setting that it comes from. */
  readonly subject: string;
  /** Whether it contains a key, a password or a PIN, which other users should not read. */
  readonly secret: boolean;
}

/** Checks that a file exists and that this user can read it. */
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

/** The platform, and the shell that runs the commands of hints. */
export interface FileContext {
  readonly platform: NodeJS.Platform;
  readonly shell: ReaderShell;
}

/** Checks the mode, owner and links of a readable file. */
export function inspectFile(file: NamedFile, { platform, shell }: FileContext): readonly Finding[] {
  const { path, subject, secret } = file;
  const link = lstatSync(path).isSymbolicLink() ? [pass("FILE_LINK", subject, `a link to ${readlinkSync(path)}`)] : [];
  const stats = statSync(path);
  // Pipes and descriptors belong to the caller, and Windows has no modes.
  if (!secret || platform === "win32" || !stats.isFile()) return link;
  return [...link, checkMode(file, stats, shell)];
}

function checkMode({ path, subject }: NamedFile, { mode: bits, uid: owner, gid: group }: Stats, shell: ReaderShell) {
  const mode = bits & 0o777;
  const shown = `mode 0${mode.toString(8).padStart(3, "0")}`;
  const user = process.geteuid?.() ?? owner;
  const isOwn = user === owner;
  const inVolume = isInVolume(path);
  const groupOnly = (mode & 0o037) === 0;
  const notSafe = (message: string, hint: string) => warn("SECRET_FILE_MODE", subject, message, hint);
  if (groupOnly && (mode & 0o040) !== 0 && (inVolume || (!isOwn && process.getgroups?.().includes(group) === true)))
    return pass("SECRET_FILE_MODE", subject, `${shown}, readable for group ${group} alone`);
  if ((mode & 0o077) !== 0) {
    const wide = `${shown}, wider than 0600: others on this machine may read it`;
    if (inVolume) return notSafe(wide, "in the pod, set the volume's defaultMode to 0440, and securityContext.fsGroup");
    if (!isOwn && user !== 0)
      return notSafe(wide, `ask its owner, user ${owner}, for mode 0600 or 0640, or make a copy with mode 0600`);
    const hint = `chmod 600 ${quoteForShell(path, shell)}`;
    return { ...notSafe(wide, hint), fix: { kind: "mode", path } as const };
  }
  if (!isOwn && user !== 0)
    return notSafe(`${shown}, but owned by user ${owner}`, `chown it to user ${user}, who runs this program`);
  return pass("SECRET_FILE_MODE", subject, shown);
}

/** Kubernetes provides the files of a volume through a link `..data`, and sets their modes. */
function isInVolume(path: string): boolean {
  return existsSync(join(dirname(path), "..data"));
}
