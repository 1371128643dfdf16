import { UsageError } from "../../errors.js";
import { message, onCommandLine, setting } from "../../message.js";
import type { IdentityContext, IdentitySource } from "../source.js";
import type { CertificateStore } from "./certificate-store.js";

/**
 * Opens the store that the settings name: the folder of `--cert-store`, else the operating system's.
 *
 * @throws UsageError `ERR_NOT_AVAILABLE` if the operating system has none
 */
export async function openCertificateStore(
  source: IdentitySource,
  context: IdentityContext,
): Promise<CertificateStore> {
  const { certStore, systemStoreName } = source;
  if (certStore !== undefined) return (await import("./folder.js")).createFolderStore(certStore, source, context);
  if (context.platform === "darwin") return (await import("./keychain.js")).createKeychainStore(context);
  if (context.platform === "win32")
    return (await import("./windows.js")).createWindowsStore(systemStoreName.value, context);
  throw new UsageError(
    "ERR_NOT_AVAILABLE",
    `unable to use cert store signer on ${context.platform}: it has no certificate store`,
    {
      hints: [
        message`name a folder of PEM and PKCS#12 files with ${setting("cert-store", "DIR")}`,
        onCommandLine(
          "if --certificate and --private-key were on the command line, check its quoting: a line break may have cut it short",
        ),
      ],
    },
  );
}
