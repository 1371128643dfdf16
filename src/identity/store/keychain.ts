import { randomBytes } from "node:crypto";
import { IdentityError } from "../../errors.js";
import { type Certificate, tryCertificateFromDer } from "../certificate/parsed.js";
import type { CertificateStore } from "./certificate-store.js";
import { derOf, parsePem } from "../pem/blocks.js";
import { pairEntries } from "../pkcs12/identity.js";
import { openPkcs12 } from "../pkcs12/open.js";
import type { Signer } from "../signer.js";
import type { IdentityContext } from "../source.js";
import { runStoreProgram } from "./program.js";

const program = "security";

/**
 * Reads the keychains on the search list of macOS through its `security` program. `security` cannot sign, so only
 * exportable keys can be used.
 */
export function createKeychainStore(context: IdentityContext): CertificateStore {
  return {
    name: "the keychain",
    list: async () => {
      const fingerprints = new Set(
        parseIdentityList((await runStoreProgram(program, ["find-identity", "-v"], context)).toString("utf8")),
      );
      const pem = (await runStoreProgram(program, ["find-certificate", "-a", "-p"], context)).toString("utf8");
      const all = parsePem(pem).flatMap((block) => tryCertificateFromDer(derOf(block)) ?? []);
      return all
        .filter(({ x509 }) => fingerprints.delete(x509.fingerprint.replaceAll(":", "")))
        .map((certificate) => ({ certificate, others: all, open: () => exportKey(certificate, context) }));
    },
  };
}

/** Finds SHA-1 fingerprints in lines such as `  1) 0123…CDEF "name"`. */
function parseIdentityList(text: string): readonly string[] {
  return [...text.matchAll(/^\s*\d+\)\s+([0-9A-Fa-f]{40})\b/gm)].map(([, fingerprint = ""]) =>
    fingerprint.toUpperCase(),
  );
}

/** Exports the key under a random password, which protects only the pipe of this call. */
async function exportKey(certificate: Certificate, context: IdentityContext): Promise<Signer> {
  const password = randomBytes(24).toString("base64url");
  const words = ["export", "-t", "identities", "-f", "pkcs12", "-P", password];
  const { privateKeys } = await openPkcs12(
    await runStoreProgram(program, words, context),
    password,
    "the keychain's export",
  );
  const [entry] = await pairEntries({ privateKeys }, [certificate], "the keychain");
  if (entry !== undefined) return entry.signer;
  throw new IdentityError("ERR_KEY", "the keychain does not give out the private key of the certificate", {
    hints: ["allow its export when you import it, or use the token's PKCS#11 library"],
  });
}
