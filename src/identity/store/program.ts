import { execFile } from "node:child_process";
import { IdentityError } from "../../errors.js";
import { message, setting } from "../../message.js";
import type { IdentityContext } from "../source.js";

/** Milliseconds; a program may be waiting for a person to allow the use of a key. */
const timeoutMs = 50_000;
const maxOutputBytes = 16 * 1024 * 1024;

/** PowerShell 7 sets PSModulePath to modules that the Windows PowerShell of the system cannot load. */
function withoutModulePath(variables: IdentityContext["variables"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !/^psmodulepath$/i.test(name)));
}

/**
 * Runs a program of the operating system and gives its stdout.
 *
 * @param extra Values for its environment: data belongs there rather than into a script.
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
