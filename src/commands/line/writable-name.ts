import { parseProfileName } from "../../delivery/credentials-file.js";
import { UsageError } from "../../errors.js";

/**
 * Checks the name of a profile that is to be written into the config file. The JavaScript SDK ignores sections with
 * other characters, loses a section named as a member of every object, and with `__proto__` reads no section at all.
 *
 * @throws UsageError `ERR_SETTING` with the reason.
 */
export function parseWritableName(text: string, subject: string): string {
  const name = parseProfileName(text, subject);
  if (name in Object.prototype) {
    throw new UsageError("ERR_SETTING", `the AWS SDK for JavaScript finds no profile named "${name}"`, {
      hints: ["take another name"],
    });
  }
  if (/^[\w@+.%:/-]+$/.test(name)) return name;
  throw new UsageError("ERR_SETTING", `the profile name "${name}" holds characters that some SDKs pass over`, {
    hints: ["take letters, digits and - _ . @ + / : %"],
  });
}
