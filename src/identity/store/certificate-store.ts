import { readNamedText } from "../../aws/files/read-named-file.js";
import { expandHome } from "../../aws/shared-config.js";
import { UsageError } from "../../errors.js";
import { message, onCommandLine, setting } from "../../message.js";
import { describeOrigin } from "../../origin.js";
import { type CertSelector, parseCertSelector, parseCertSelectorFile } from "./selector.js";
import type { Certificate } from "../certificate/parsed.js";
import type { Signer } from "../signer.js";
import type { IdentityContext, IdentitySource } from "../source.js";

/** A certificate that a store holds with its private key. */
export interface StoredCertificate {
  readonly certificate: Certificate;
  /** Candidates for its chain. */
  readonly others: readonly Certificate[];
  /** Opens the private key; only here may a password be asked for. */
  readonly open: () => Promise<Signer>;
}

/** Certificates to choose from: a folder, or what the operating system keeps. */
export interface CertificateStore {
  /** How messages name it. */
  readonly name: string;
  readonly list: () => Promise<readonly StoredCertificate[]>;
}

/**
 * The store that the settings mean: the folder of `--cert-store`, else the operating system's.
 *
 * @throws UsageError `ERR_NOT_AVAILABLE` where the operating system has none
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

/**
 * What `--cert-selector` says; without it, everything.
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
