import {
  Asn1Error,
  elementsOf,
  expectElement,
  integerOf,
  octetsOf,
  oidOf,
  parseElement,
  sequenceOf,
  tags,
} from "../asn1/der.js";

/** TPM key in a file: only the TPM that made it can load it. */
export interface Tss2Key {
  /** Whether the key is known to have no password. */
  readonly emptyAuth: boolean;
  /** Handle of a persistent parent, or of the hierarchy whose standard primary key is the parent. */
  readonly parent: number;
  /** TPM2B_PUBLIC and TPM2B_PRIVATE, as the TPM expects them. */
  readonly publicArea: Uint8Array;
  readonly privateArea: Uint8Array;
}

const loadableKeyOid = "2.23.133.10.1.3";
const otherKinds: Readonly<Record<string, string>> = {
  "2.23.133.10.1.4": "an importable key",
  "2.23.133.10.1.5": "sealed data",
};

/**
 * Parses the DER inside a `TSS2 PRIVATE KEY` block.
 *
 * @throws Asn1Error for anything but a loadable key without policy
 * @see https://www.hansenpartnership.com/draft-bottomley-tpm2-keys.html
 */
export function parseTss2Key(der: Uint8Array): Tss2Key {
  const [type, ...members] = sequenceOf(parseElement(der), "TPM key");
  const kind = oidOf(type, "TPM key type");
  if (kind !== loadableKeyOid)
    throw new Asn1Error(`it holds ${otherKinds[kind] ?? `type ${kind}`}, expected a loadable key (${loadableKeyOid})`);
  const tagged = (tag: number) => members.find((member) => member.tag === tag);
  if (tagged(tags.context1) !== undefined || tagged(tags.context3) !== undefined)
    throw new Asn1Error("it has a TPM policy, which is not supported");
  if (tagged(tags.context2) !== undefined) throw new Asn1Error("it has an import secret, expected a loadable key");
  const emptyAuth = tagged(tags.context0);
  const [parent, publicArea, privateArea] = members.filter(({ tag }) => tag < 0xa0);
  return {
    emptyAuth: emptyAuth !== undefined && booleanOf(emptyAuth),
    parent: parseParent(integerOf(parent, "parent handle")),
    publicArea: sized(octetsOf(publicArea, "public area"), "public area"),
    privateArea: sized(octetsOf(privateArea, "private area"), "private area"),
  };
}

/** Reads a boolean of BER, as some writers encode true as 0x01. */
function booleanOf(wrapper: Parameters<typeof elementsOf>[0]): boolean {
  return (expectElement(elementsOf(wrapper)[0], tags.boolean, "emptyAuth").content[0] ?? 0) !== 0;
}

/** Reads a handle. Its top bit is set, and some writers omit the zero byte that keeps it positive. */
function parseParent(value: bigint): number {
  const handle = value < 0n ? value + (1n << 32n) : value;
  if (handle < 0x40000001n || handle > 0x81ffffffn)
    throw new Asn1Error("parent is neither a hierarchy nor a persistent handle");
  return Number(handle);
}

/** Checks that a TPM2B starts with the number of bytes that follow. */
function sized(bytes: Uint8Array, what: string): Uint8Array {
  const announced = bytes.length < 2 ? -1 : Buffer.from(bytes).readUInt16BE(0);
  if (announced !== bytes.length - 2) throw new Asn1Error(`${what} of ${bytes.length} bytes announces ${announced}`);
  return bytes;
}
