import { readNamedText } from "../../aws/files/read-named-file.js";
import { expandHome } from "../../aws/shared-config.js";
import { UsageError } from "../../errors.js";
import { message } from "../../message.js";
import { describeOrigin } from "../../origin.js";
import type { IdentityContext, IdentitySource } from "../source.js";
import { type CertSelector, parseCertSelector, parseCertSelectorFile } from "./selector.js";

/**
 * Reads the value of `--cert-selector`; without it, everything matches.
 *
 * @throws UsageError `ERR_SETTING`
 */
export function readCertSelector(
  { certSelector }: IdentitySource,
  { homeDirectory }: Pick<IdentityContext, "homeDirectory">,
): CertSelector {
  if (certSelector === undefined) return {};
  const { value, origin } = certSelector;
  if (!value.startsWith("file://")) return parseCertSelector(value, origin);
  const path = expandHome(value.slice("file://".length), homeDirectory);
  const text = readNamedText(
    path,
    (reason, cause) =>
      new UsageError(
        "ERR_SETTING",
        message`unable to read cert selector file "${path}" (${describeOrigin(origin)}): ${reason}`,
        { cause, hints: ["check the path after file://"] },
      ),
  );
  return parseCertSelectorFile(text, origin);
}
