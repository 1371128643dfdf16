import { lstatSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { systemCode, UsageError } from "../../errors.js";
import { makePrivateFolder } from "./make-folder.js";
import { isTrustedOwner } from "./ownership.js";

/**
 * Returns a folder that only this user can write to, for locks of files whose own folder is not writable: below the
 * home folder, or in the temporary folder if that is not possible.
 *
 * @throws UsageError `ERR_OUTPUT` if neither is possible.
 */
export function ownFolder(): string {
  const candidates = [
    join(homedir(), ".cache", "rolesanywhere-ts", "locks"),
    join(tmpdir(), `rolesanywhere-ts-${process.geteuid?.() ?? "locks"}`),
  ];
  const faults: string[] = [];
  for (const folder of candidates) {
    const fault = refuseToUse(folder);
    if (fault === undefined) return folder;
    faults.push(`${folder} ${fault}`);
  }
  throw new UsageError("ERR_OUTPUT", `no folder for a lock: ${faults.join("; ")}`, {
    hints: ["make the folder of the file writable, or set TMPDIR to a folder of yours"],
  });
}

function refuseToUse(folder: string): string | undefined {
  try {
    makePrivateFolder(folder);
    const stats = lstatSync(folder);
    if (!stats.isDirectory()) return "is not a folder";
    if (process.platform === "win32") return undefined;
    if (!isTrustedOwner(stats.uid)) return `belongs to user ${stats.uid}`;
    return (stats.mode & 0o022) === 0 ? undefined : "lets others write to it";
  } catch (error) {
    return `cannot be made (${systemCode(error)})`;
  }
}
