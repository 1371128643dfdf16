import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readSecretFile } from "../../aws/files/read-secret.js";
import { createSecretOnce } from "../../aws/files/write-file.js";
import { systemCode, UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { createToken, parseToken } from "./authorization.js";

/**
 * Reads the token from a file. If the file does not exist, writes a new token to it with mode 0600 and no line end: some
 * SDKs send a line end along and others reject the file. An existing file must belong to this user or root, and only
 * its owner and group may have access.
 *
 * @param onLineEnd Called if the file ends with a line end.
 * @throws UsageError `ERR_INPUT`, `ERR_OUTPUT`
 */
export function obtainToken(path: string, onLineEnd: (path: string) => void = () => undefined): string {
  const present = readToken(path, onLineEnd);
  if (present !== undefined) return present;
  const token = createToken();
  try {
    createSecretOnce(path, token);
  } catch (error) {
    throw new UsageError("ERR_OUTPUT", `cannot write token file ${path}: ${systemCode(error)}`, {
      hints: ["create its folder first, or choose another path"],
    });
  }
  // If another process created the file first, its token is used.
  return readToken(path, onLineEnd) ?? token;
}

/** @returns undefined if the file does not exist. */
function readToken(path: string, onLineEnd: (path: string) => void): string | undefined {
  try {
    const bytes = readSecretFile(path, { noun: "token file", readableByOthers: false });
    const text = bytes.toString("utf8");
    const token = parseToken(text, `token file ${path}`);
    if (/[\r\n]$/.test(text)) onLineEnd(path);
    return token;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (systemCode(error) === "ENOENT") return undefined;
    throw new UsageError("ERR_INPUT", `cannot read token file ${path}: ${systemCode(error)}`, {
      hints: ["check the path and the mode of the file"],
    });
  }
}

export interface TokenFolder {
  readonly path: string;
  /** Removes the folder with the tokens in it. */
  remove(): void;
}

/**
 * Creates a folder that only its owner can enter, for tokens that live as long as the server.
 *
 * @param parents Where to create it: the first folder that is writable.
 * @throws UsageError `ERR_OUTPUT`
 */
export function createTokenFolder(parents: readonly string[]): TokenFolder {
  const faults: string[] = [];
  for (const parent of parents) {
    try {
      const path = mkdtempSync(join(parent, "rolesanywhere-ts-"));
      return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
    } catch (error) {
      faults.push(`${parent} (${systemCode(error)})`);
    }
  }
  throw new UsageError("ERR_OUTPUT", `cannot create a folder for tokens in ${faults.join(", ")}`, {
    hints: [message`give a writable path with ${setting("token-file")}`],
  });
}
