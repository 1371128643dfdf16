import { statSync } from "node:fs";
import { readNamedFile } from "../aws/files/read-named-file.js";
import { expandHome } from "../aws/shared-config.js";
import { IdentityError, systemCode } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import { describeOrigin } from "../origin.js";
import type { Origin, Sourced } from "../origin.js";
import { isReadable, describeSource, type MaterialSource } from "./material-source.js";
import type { IdentityContext } from "./source.js";

/** Certificate bundles and key files are smaller; a larger file is a mistake. */
const maxFileBytes = 1024 * 1024;

export interface NamedBytes {
  readonly bytes: Buffer;
  /** Absent if the bytes did not come from a file. */
  readonly path?: string;
  /** Name in messages: the path, with the setting it came from. */
  readonly name: Text;
}

/**
 * Reads a whole certificate or key from a file, memory, a variable or a file descriptor.
 *
 * @param noun Expected content, for the message: `certificate`, `private key`.
 * @throws IdentityError `ERR_CERTIFICATE` or `ERR_KEY`; the message has the path, its origin and the reason.
 */
export async function readIdentityFile(
  setting: Sourced<MaterialSource>,
  noun: string,
  { homeDirectory, variables, descriptors }: Pick<IdentityContext, "homeDirectory" | "variables" | "descriptors">,
): Promise<NamedBytes> {
  const { value: source, origin } = setting;
  if (!isReadable(source)) throw (await import("./unreadable-file.js")).notAFile(origin, noun);
  if (source.kind === "file") return readPath(source.path, origin, noun, homeDirectory);
  const name = describeSource(setting);
  if (source.kind === "memory") return { bytes: Buffer.from(source.bytes), name };
  const { readDescriptor, readVariable } = await import("./value-source.js");
  if (source.kind === "environment") return { bytes: readVariable(source.name, variables, origin), name };
  return { bytes: await readDescriptor(source.fd, descriptors, origin), name };
}

async function readPath(
  given: string,
  origin: Origin,
  noun: string,
  homeDirectory: string | undefined,
): Promise<NamedBytes> {
  const path = expandHome(given, homeDirectory);
  const name = message`"${path}" (${describeOrigin(origin)})`;
  const code = noun === "private key" ? "ERR_KEY" : "ERR_CERTIFICATE";
  try {
    const { size } = statSync(path);
    if (size > maxFileBytes) {
      throw new IdentityError(code, message`${noun} file ${name} has ${size} bytes, expected at most ${maxFileBytes}`, {
        hints: ["check that the path names the right file"],
      });
    }
    return { bytes: readNamedFile(path), path, name };
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const reason = systemCode(error);
    throw (await import("./unreadable-file.js")).unreadableFile(code, message`${noun} file ${name}`, path, reason);
  }
}
