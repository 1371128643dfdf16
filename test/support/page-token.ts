import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PageHome } from "./page-home.js";
import { createSoftToken, pin, softHsmLibrary } from "./soft-token.js";
import { requireTools } from "./tools.js";

/**
 * Adds a PKCS#11 token with its certificate and key to a home, as in `docs/keys.md`.
 *
 * @returns Command that exports the token's variables; undefined without SoftHSM.
 */
export function addPageToken({ folder }: PageHome): string | undefined {
  const hasToken = requireTools("the PKCS#11 commands of the pages", "softhsm2-util", "pkcs11-tool", "pkcs11js");
  if (!hasToken || softHsmLibrary === undefined) return undefined;
  const token = createSoftToken("my token");
  token.importKey(join(folder, "client.key"), "client", "01");
  const der = join(token.folder, "client.der");
  writeFileSync(
    der,
    Buffer.from(readFileSync(join(folder, "client.pem"), "utf8").replaceAll(/-----.*-----|\s/g, ""), "base64"),
  );
  token.tool("--write-object", der, "--type", "cert", "--label", "client", "--id", "01");
  writeFileSync(join(folder, "pin"), `${pin}\n`);
  return Object.entries(token.environment)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join("; ");
}
