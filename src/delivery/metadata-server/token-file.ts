import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readSecretFile } from "../../aws/files/read-secret.js";
import { createSecretOnce } from "../../aws/files/write-file.js";
import { UsageError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { createToken, parseToken } from "./authorization.js";

/**
 * Reads the token of a file, or writes a new one there when the file does not exist: mode 0600 and without a line end,
 * since some SDKs send the file's content as it stands and others refuse a line end. A file that is there must be this
 * user's or root's, and nobody else may read or write it but its group.
 *
 * @param onLineEnd Told of a file that ends in a line end.
 * @throws UsageError `ERR_INPUT`, `ERR_OUTPUT`
 */
export function obtainToken(path: string, onLineEnd: (path: string) => void = () => undefined): string {
  const present = readToken(path, onLineEnd);
  if (present !== undefined) return present;
  const token = createToken();
  try {
    createSecretOnce(path, token);
  } catch (error) {
    throw new UsageError("ERR_OUTPUT", `token file ${path} cannot be written: ${codeOf(error)}`, {
      hints: ["create its folder first, or choose another path"],
    });
  }
  // Another process may have been first: then its token counts.
  return readToken(path, onLineEnd) ?? token;
}

/** @returns undefined when there is no such file. */
function readToken(path: string, onLineEnd: (path: string) => void): string | undefined {
  try {
    const bytes = readSecretFile(path, { noun: "token file", readableByOthers: false });
    const text = bytes.toString("utf8");
    const token = parseToken(text, `token file ${path}`);
    if (/[\r\n]$/.test(text)) onLineEnd(path);
    return token;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (codeOf(error) === "ENOENT") return undefined;
    throw new UsageError("ERR_INPUT", `token file ${path} cannot be read: ${codeOf(error)}`, {
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
 * A new folder that its owner alone can enter, for tokens that live as long as the server.
 *
 * @param parents Folders to make it in; the first that can be written is taken.
 * @throws UsageError `ERR_OUTPUT`
 */
export function createTokenFolder(parents: readonly string[]): TokenFolder {
  const faults: string[] = [];
  for (const parent of parents) {
    try {
      const path = mkdtempSync(join(parent, "rolesanywhere-ts-"));
      return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
    } catch (error) {
      faults.push(`${parent} (${codeOf(error)})`);
    }
  }
  throw new UsageError("ERR_OUTPUT", `no folder for tokens can be made in ${faults.join(", ")}`, {
    hints: [message`give a path that can be written with ${setting("token-file")}`],
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown fault";
}
