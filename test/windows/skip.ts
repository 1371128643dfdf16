// Tests of other folders that cannot run under Wine, by their title.
import { beforeEach } from "vitest";

const reasons: Readonly<Record<string, string>> = {
  "ends with a line end on a terminal": "Wine has no pseudo-terminal",
  "signs with a key in a TPM": "needs a socket of swtpm",
  "lists a token with URIs that name each certificate": "needs a PKCS#11 module for Windows",
  "'no certificate at all'": "on Windows it takes the certificate store of the user",
};

/** What Bun does not do under Wine 8. */
const ofStandalone: Readonly<Record<string, string>> = {
  "STS out of reach is a network error that names the hop": "Wine does not report a refused connection to Bun",
  "'nobody listening at the endpoint'": "Wine does not report a refused connection to Bun",
  "a proxy that nobody runs is named as the likely fault": "Wine does not report a refused connection to Bun",
  "a file that a reader has open is replaced by a member of an archive":
    "Bun cannot remove folders under Wine (EFAULT)",
};
const standalone = process.env["ROLESANYWHERE_TS_WINDOWS_STANDALONE"] ?? "";

beforeEach(({ skip, task }) => {
  const reason = reasons[task.name] ?? (standalone === "" ? undefined : ofStandalone[task.name]);
  if (reason !== undefined) skip(reason);
});
