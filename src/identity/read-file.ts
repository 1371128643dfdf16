import { statSync } from "node:fs";
import { readNamedFile } from "../aws/files/read-named-file.js";
import { expandHome } from "../aws/shared-config.js";
import { IdentityError, UsageError } from "../errors.js";
import { describeOrigin } from "../origin.js";
import type { Sourced } from "../origin.js";
import type { IdentityContext } from "./source.js";

/** No certificate bundle or key file is larger; a larger file is a mix-up. */
const maximumFileBytes = 1024 * 1024;

export interface NamedBytes {
  readonly bytes: Buffer;
  /** Absent when the bytes did not come from a file. */
  readonly path?: string;
  /** How messages name the file: the path, with the setting it came from. */
  readonly name: string;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ELOOP: "too many symbolic links",
};

/**
 * Reads a certificate or key whole, from a file or from memory, or by `env:NAME`, `fd:N` and `-` from elsewhere.
 *
 * @param noun What the file should be, for the message: `certificate`, `private key`.
 * @throws IdentityError `ERR_CERTIFICATE` or `ERR_KEY`; the message has the path, where it came from and the reason.
 */
export async function readIdentityFile(
  source: Sourced<string>,
  noun: string,
  { homeDirectory, variables, memory }: Pick<IdentityContext, "homeDirectory" | "variables" | "memory">,
): Promise<NamedBytes> {
  const given = memory?.get(source.value);
  if (given !== undefined)
    return { bytes: Buffer.from(given), name: `"(in memory)" (${describeOrigin(source.origin)})` };
  if (/^(?:pkcs11|handle):/i.test(source.value)) throw notAFile(source, noun);
  if (!/^(?:env:|fd:|file:|-$)/.test(source.value)) return readPath(source.value, source, noun, homeDirectory);
  const { parseValueSource, readDescriptor, readVariable } = await import("./value-source.js");
  const { value, origin } = source;
  const from = parseValueSource(value, origin);
  if (from.kind === "file") return readPath(from.path, source, noun, homeDirectory);
  const bytes =
    from.kind === "environment" ? readVariable(from.name, variables, origin) : readDescriptor(from.fd, origin);
  return { bytes, name: `"${value}" (${describeOrigin(origin)})` };
}

/** The value itself stays out of the message: a URI may carry a PIN. */
function notAFile({ origin }: Sourced<string>, noun: string): UsageError {
  return new UsageError("ERR_SETTING", `${describeOrigin(origin)} names a key in a device, expected a ${noun} file`, {
    hints: [
      "--certificate takes pkcs11: URIs, --private-key takes pkcs11: URIs and handle:, --intermediates only files",
    ],
  });
}

function readPath(given: string, source: Sourced<string>, noun: string, homeDirectory: string | undefined): NamedBytes {
  const path = expandHome(given, homeDirectory);
  const name = `"${path}" (${describeOrigin(source.origin)})`;
  const code = noun === "private key" ? "ERR_KEY" : "ERR_CERTIFICATE";
  try {
    const { size } = statSync(path);
    if (size > maximumFileBytes) {
      throw new IdentityError(code, `${noun} file ${name} has ${size} bytes, expected at most ${maximumFileBytes}`, {
        hints: ["check that the path names the right file"],
      });
    }
    return { bytes: readNamedFile(path), path, name };
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown fault";
    throw new IdentityError(code, `cannot read ${noun} file ${name}: ${reasons[reason] ?? reason}`, {
      hints: [fileHint(path, reason)],
    });
  }
}

function fileHint(path: string, reason: string): string {
  if (/^["'].*["']$/.test(path)) return "the quotation marks became part of the path: remove them";
  if (path.trim() !== path) return "the path begins or ends with white space: remove it";
  if (path.includes("$")) return "variables in paths are not expanded: write the path out";
  if (reason === "EACCES" || reason === "EPERM")
    return `run "ls -l" on it: the user that runs this program must be able to read it`;
  return "check the path; a relative path begins at the working directory of the program that calls this one";
}
