import { UsageError } from "../errors.js";
import { message, onCommandLine, orSet, setting } from "../message.js";

/** Creates the error for a private key without its certificate. */
export function noCertificate(): UsageError {
  return new UsageError("ERR_SETTING", message`a private key is given, but ${setting("certificate")} is missing`, {
    hints: [message`give the certificate with ${setting("certificate")}${orSet("certificate")}`],
  });
}

/** Creates the error for neither certificate nor key, on systems without a store for them. */
export function nothingGiven(): UsageError {
  return new UsageError(
    "ERR_SETTING",
    message`neither ${setting("certificate")} nor ${setting("private-key")} is given`,
    {
      hints: [
        message`give ${setting("certificate")} and ${setting("private-key")}${orSet("certificate", "private-key")}`,
        onCommandLine(
          "if they are on the command line, check its quoting: a line break or a quote may have cut it short",
        ),
      ],
    },
  );
}
