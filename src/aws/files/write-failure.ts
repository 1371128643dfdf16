import { systemCode, UsageError } from "../../errors.js";

const checkPath = "check the path and the modes of the file and its folder";
const otherFolder = "choose a folder that you may write to";

const reasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ["its folder does not exist", "make its folder first"],
  EACCES: ["permission denied", otherFolder],
  EPERM: ["permission denied", otherFolder],
  EROFS: ["the file system is read-only", otherFolder],
  ENOSPC: ["the disk is full", "free some space"],
  ENOTDIR: ["a part of the path is not a folder", "check the path"],
  EISDIR: ["it is a folder", "name a file in it"],
  ELOOP: ["too many symbolic links", "check where the links lead"],
  EBUSY: ["another program has it open", "close that program"],
};

/** Explains why a file could not be written. */
export function cannotWrite(path: string, cause: unknown): UsageError {
  if (cause instanceof UsageError) return cause;
  const code = systemCode(cause);
  const [reason, hint] = reasons[code] ?? [`error ${code}`, checkPath];
  const shown = code in reasons ? `${reason} (${code})` : reason;
  return new UsageError("ERR_OUTPUT", `cannot write "${path}": ${shown}`, { hints: [hint], cause });
}
