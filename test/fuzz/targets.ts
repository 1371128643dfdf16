import { isDeepStrictEqual } from "node:util";
import { RolesAnywhereError } from "../../src/errors.js";
import { Asn1Error } from "../../src/identity/asn1/der.js";
import { parseCertSelector, parseCertSelectorFile } from "../../src/identity/store/selector.js";
import { formatGoName, parseNameText } from "../../src/identity/asn1/distinguished-name.js";
import { parseCertificateNames } from "../../src/identity/certificate/names.js";
import { parseMldsaPrivateKey } from "../../src/identity/mldsa/key.js";
import { repairPem } from "../../src/identity/pem/repair.js";
import { formatPkcs11Uri, parsePkcs11Uri } from "../../src/identity/pkcs11/uri.js";
import { openPkcs12 } from "../../src/identity/pkcs12/open.js";
import { decryptPrivateKeyInfo, parsePrivateKeyInfo, refuseCostlyEncryption } from "../../src/identity/pem/pkcs8.js";
import { createPkcs8Signer } from "../../src/identity/pem/pkcs8-signer.js";
import { decodeResponse, decodeSignature } from "../../src/identity/tpm/command.js";
import { parseTpmPublic } from "../../src/identity/tpm/public.js";
import { parseTss2Key } from "../../src/identity/tpm/tss2-key.js";
import { inputTargets } from "./input-targets.js";

const origin = { kind: "flag", setting: "flag" } as const;

/** What a parser does with any bytes: it may refuse them with its own errors, and throws a plain Error when it is wrong. */
export type Target = (bytes: Buffer) => unknown;

/** Every parser of ours that reads what others wrote. */
export const targets: Readonly<Record<string, Target>> = {
  "pem-repair": (bytes) => {
    const once = repairPem(bytes.toString("utf8"));
    if (repairPem(once) !== once) throw new Error("a second repair changed something");
  },
  "cert-selector": (bytes) => parseCertSelector(bytes.toString("utf8"), origin),
  "cert-selector-file": (bytes) => parseCertSelectorFile(bytes.toString("utf8"), origin),
  "name-text": (bytes) => parseNameText(bytes.toString("utf8")),
  "certificate-names": (bytes) => {
    const { subject, issuer } = parseCertificateNames(bytes);
    return [formatGoName(subject), formatGoName(issuer)];
  },
  "pkcs11-uri": (bytes) => {
    const {
      pinSource: _source,
      pinValue: _value,
      moduleName: _name,
      modulePath: _path,
      ...uri
    } = parsePkcs11Uri(bytes.toString("utf8"), "--flag");
    const again = parsePkcs11Uri(formatPkcs11Uri(uri), "--flag");
    if (!isDeepStrictEqual(plain(again), plain(uri))) throw new Error("formatting and parsing changed the URI");
  },
  tss2: (bytes) => {
    const { publicArea } = parseTss2Key(bytes);
    return parseTpmPublic(publicArea, "the key");
  },
  "tpm-response": (bytes) => {
    const { fields } = decodeResponse(bytes);
    return decodeSignature(fields);
  },
  pkcs8: async (bytes) => {
    await createPkcs8Signer(bytes, "the key");
    return parseMldsaPrivateKey(parsePrivateKeyInfo(bytes));
  },
  "pkcs8-encrypted": (bytes) => {
    refuseCostlyEncryption(bytes, "the key");
    return decryptPrivateKeyInfo(bytes, "password", "the key");
  },
  pkcs12: (bytes) => openPkcs12(bytes, "password", "the file"),
  ...inputTargets,
};

function plain(uri: object): object {
  return Object.fromEntries(
    Object.entries(uri).map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : (value as unknown)]),
  );
}

const slowMs = 8_000;

/** Runs a target; the fault that it shows, or `undefined`. */
export async function faultOf(target: Target, bytes: Buffer): Promise<string | undefined> {
  const started = performance.now();
  try {
    await target(bytes);
  } catch (error) {
    if (!(error instanceof RolesAnywhereError || error instanceof Asn1Error)) return String(error);
    if (error.cause !== undefined && !(error.cause instanceof SyntaxError)) return "a cause travels along";
    if (error.message.length > 4_000) return `a message of ${error.message.length} characters`;
  }
  const tookMs = performance.now() - started;
  return tookMs > slowMs ? `took ${tookMs.toFixed(0)} ms` : undefined;
}
