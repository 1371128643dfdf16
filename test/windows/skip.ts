// Tests of other folders that cannot run under Wine, by their title.
import { beforeEach } from "vitest";

const reasons: Readonly<Record<string, string>> = {
  "ends with a line end on a terminal": "Wine has no pseudo-terminal",
  "signs with a key in a TPM": "needs a socket of swtpm",
  "lists a token with URIs that name each certificate": "needs a PKCS#11 module for Windows",
  "'no certificate at all'": "on Windows it takes the certificate store of the user",
};

beforeEach(({ skip, task }) => {
  const reason = reasons[task.name];
  if (reason !== undefined) skip(reason);
});
