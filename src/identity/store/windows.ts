import { createHash } from "node:crypto";
import { IdentityError } from "../../errors.js";
import { message, setting } from "../../message.js";
import { joinEcdsa } from "../asn1/ecdsa-signature.js";
import { type Certificate, tryCertificateFromDer } from "../certificate/parsed.js";
import type { CertificateStore } from "./certificate-store.js";
import { publicKeyOf } from "../certificate/public-key.js";
import { digests, type Signer } from "../signer.js";
import type { IdentityContext } from "../source.js";
import { runStoreProgram } from "./program.js";

const program = "powershell.exe";
const flags = ["-NoLogo", "-NoProfile", "-NonInteractive", "-EncodedCommand"];

/** Prints one line per certificate: whether it has a private key, then its DER in base64. The store CA holds issuers. */
const listScript = `
$ErrorActionPreference = 'Stop'
foreach ($place in "Cert:\\CurrentUser\\$env:ROLESANYWHERE_TS_STORE", 'Cert:\\CurrentUser\\CA') {
  foreach ($found in Get-ChildItem $place) { "$($found.HasPrivateKey) $([Convert]::ToBase64String($found.RawData))" }
}`;

/** Signs a digest with the key of one certificate, which may stay in its provider. */
const signScript = `
$ErrorActionPreference = 'Stop'
$found = Get-Item "Cert:\\CurrentUser\\$env:ROLESANYWHERE_TS_STORE\\$env:ROLESANYWHERE_TS_THUMBPRINT"
$digest = [Convert]::FromBase64String($env:ROLESANYWHERE_TS_DIGEST)
$rsa = [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($found)
if ($rsa) {
  $signature = $rsa.SignHash($digest, $env:ROLESANYWHERE_TS_HASH, [Security.Cryptography.RSASignaturePadding]::Pkcs1)
} else {
  $ec = [Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($found)
  $signature = $ec.SignHash($digest)
}
[Convert]::ToBase64String($signature)`;

/** Opens a certificate store of the current user on Windows, through PowerShell; `name` as in `--system-store-name`. */
export function createWindowsStore(name: string, context: IdentityContext): CertificateStore {
  const store = foldStoreName(name);
  return {
    name: `certificate store ${store}`,
    list: async () => {
      const output = await runStoreProgram(program, [...flags, encodeScript(listScript)], context, {
        ROLESANYWHERE_TS_STORE: store,
      });
      const all = output.toString("utf8").split(/\r?\n/).flatMap(parseLine);
      const others = all.map(({ certificate }) => certificate);
      return all
        .filter(({ hasPrivateKey }) => hasPrivateKey)
        .map(({ certificate }) => ({
          certificate,
          others,
          open: async () => createStoreSigner(store, certificate, context),
        }));
    },
  };
}

/** Encodes a script as base64 of UTF-16, which PowerShell accepts without quoting. */
function encodeScript(script: string): string {
  return Buffer.from(script, "utf16le").toString("base64");
}

/** Accepts these four names in any letter case, as the official helper does. */
function foldStoreName(name: string): string {
  const known = ["MY", "Root", "Trust", "CA"].find((one) => one.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return known;
  if (/^[\w .-]{1,100}$/.test(name)) return name;
  throw new IdentityError("ERR_CERTIFICATE", `"${name}" is not the name of a certificate store`, {
    hints: [message`write ${setting("system-store-name", "MY")}`],
  });
}

function parseLine(line: string): readonly { readonly hasPrivateKey: boolean; readonly certificate: Certificate }[] {
  const match = /^(True|False) ([A-Za-z0-9+/=]+)$/.exec(line.trim());
  if (match === null) return [];
  const certificate = tryCertificateFromDer(Buffer.from(match[2] ?? "", "base64"));
  return certificate === undefined ? [] : [{ hasPrivateKey: match[1] === "True", certificate }];
}

function createStoreSigner(store: string, certificate: Certificate, context: IdentityContext): Signer {
  const rsa = certificate.x509.publicKey.asymmetricKeyType === "rsa";
  return {
    algorithm: rsa ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256",
    publicKey: publicKeyOf(certificate),
    sign: async (message, { digest = "SHA256" } = {}) => {
      const output = await runStoreProgram(program, [...flags, encodeScript(signScript)], context, {
        ROLESANYWHERE_TS_STORE: store,
        ROLESANYWHERE_TS_THUMBPRINT: certificate.x509.fingerprint.replaceAll(":", ""),
        ROLESANYWHERE_TS_DIGEST: createHash(digests[digest]).update(message).digest("base64"),
        ROLESANYWHERE_TS_HASH: digest,
      });
      const signature = Buffer.from(output.toString("latin1").trim(), "base64");
      return rsa ? signature : joinEcdsa(signature);
    },
  };
}
