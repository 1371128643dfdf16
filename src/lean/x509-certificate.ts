// Node's `X509Certificate` for the lean edition, by the program's own reader of DER.
import { type Element, integerOf, oidOf, parseElement, sequenceOf, tags } from "./der.js";
import { ecKeyOid } from "../identity/asn1/ec-curve.js";
import { readName } from "../identity/asn1/name.js";
import { parseCertificateFields } from "../identity/certificate/fields.js";
import { readStructure } from "../identity/certificate/structure.js";
import { curves } from "../identity/curves.js";
import { handOver } from "./hand-over.js";
import { asBuffer, host } from "./host.js";

/** Names of attribute types, as OpenSSL writes them. */
const attributes: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "title",
  "2.5.4.42": "GN",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
};

/** Hash of a signature algorithm. */
const hashes: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
};

const rsaKeyOid = "1.2.840.113549.1.1.1";
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

interface PublicKey {
  readonly kind: string;
  readonly key: Uint8Array;
  readonly export: () => Buffer;
}

export class X509Certificate {
  readonly raw: Buffer;
  readonly #structure: ReturnType<typeof readStructure>;

  constructor(der: Uint8Array) {
    try {
      this.#structure = readStructure(der);
      // Bytes of its own: the given ones may be part of a larger buffer.
      this.raw = asBuffer(parseElement(der).raw);
    } catch {
      handOver("read this certificate");
    }
  }

  get subject(): string | undefined {
    return formatName(this.#structure.subject);
  }

  get issuer(): string | undefined {
    return formatName(this.#structure.issuer);
  }

  get serialNumber(): string {
    const fields = sequenceOf(sequenceOf(parseElement(this.raw), "certificate")[0], "certificate body");
    const serial = integerOf(
      fields.find(({ tag }) => tag === tags.integer),
      "serial number",
    );
    return serial.toString(16).toUpperCase();
  }

  get fingerprint256(): string {
    const digest = host.hash("sha256", this.raw);
    if (digest === undefined) return handOver("know SHA-256");
    return [...digest]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(":")
      .toUpperCase();
  }

  get ca(): boolean {
    return parseCertificateFields(this.raw).basicConstraints?.ca === true;
  }

  get validTo(): string {
    const { notAfter } = parseCertificateFields(this.raw);
    const day = String(notAfter.getUTCDate()).padStart(2, " ");
    const time = notAfter.toISOString().slice(11, 19);
    return `${months[notAfter.getUTCMonth()] ?? ""} ${day} ${time} ${notAfter.getUTCFullYear()} GMT`;
  }

  get publicKey(): PublicKey {
    const raw = this.#structure.publicKey?.raw ?? new Uint8Array();
    const [algorithm, key] = sequenceOf(this.#structure.publicKey, "public key");
    const [oid, parameters] = sequenceOf(algorithm, "public key algorithm");
    const found = oidOf(oid, "public key algorithm");
    const curve = found === ecKeyOid && parameters?.tag === tags.oid ? oidOf(parameters, "curve") : undefined;
    const kind = found === rsaKeyOid ? "RSA" : (curves.find((one) => one.oid === curve)?.name ?? "unknown");
    return { kind, key: (key?.content ?? new Uint8Array()).subarray(1), export: () => asBuffer(raw) };
  }

  /** Verifies the signature of the certificate. */
  verify({ kind, key }: PublicKey): boolean {
    const [body, algorithm, signature] = sequenceOf(parseElement(this.raw), "certificate");
    const hash = hashes[oidOf(sequenceOf(algorithm, "signature algorithm")[0], "signature algorithm")];
    const signed = (signature?.content ?? new Uint8Array()).subarray(1);
    const verdict =
      hash === undefined ? undefined : host.verify(kind, hash, key, body?.raw ?? new Uint8Array(), signed);
    return verdict ?? handOver("verify signatures of this kind");
  }
}

function formatName(name: Parameters<typeof readName>[0]): string | undefined {
  const lines = readName(name).map((relative) =>
    relative.map(({ type, value }) => `${attributes[type] ?? type}=${textOf(value)}`).join(" + "),
  );
  return lines.length === 0 ? undefined : lines.join("\n");
}

const universalString = 0x1c;
const bmpString = 0x1e;

function textOf({ tag, content, raw }: Element): string {
  if (tag !== bmpString && tag !== universalString) return Buffer.from(content).toString("utf8");
  // Rare: only comparisons need it.
  return Buffer.from(raw).toString("hex");
}
