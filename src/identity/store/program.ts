import { execFile } from "node:child_process";
import { IdentityError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { IdentityContext } from "../source.js";

/** Milliseconds; a program may wait for a person to allow the use of a key. */
const timeoutMs = 50_000;
const maxOutputBytes = 16 * 1024 * 1024;

/** Removes PSModulePath: PowerShell 7 sets it to modules that Windows PowerShell cannot load. */
function withoutModulePath(variables: IdentityContext["variables"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !/^psmodulepath$/i.test(name)));
}

/**
 * Runs a program of the operating system and returns its stdout.
 *
 * @param extra Environment variables that carry data, which does not belong in a script.
 * @throws IdentityError `ERR_CERTIFICATE`
 */
export function runStoreProgram(
  program: string,
  words: readonly string[],
  { variables }: Pick<IdentityContext, "variables">,
  extra: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      env: { ...withoutModulePath(variables), ...extra },
      encoding: "buffer",
      timeout: timeoutMs,
      maxBuffer: maxOutputBytes,
    } as const;
    execFile(program, [...words], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.toString("utf8").trim().split(/\r?\n/, 1)[0] ?? "";
      const reason = said === "" ? String(error.code ?? error.signal ?? "no answer") : said;
      reject(
        new IdentityError("ERR_CERTIFICATE", `${program} could not read the certificate store: ${reason}`, {
          hints: [
            message`unlock the store, or name files with ${setting("certificate")} and ${setting("private-key")}`,
          ],
        }),
      );
    });
  });
}
