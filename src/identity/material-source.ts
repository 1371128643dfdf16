import { isInline, refuseInline } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import { describeOrigin, type Origin, type Sourced } from "../origin.js";

interface Named {
  /** How messages name it; never a secret. */
  readonly label: string;
}

export interface FileSource extends Named {
  readonly kind: "file";
  /** As given: relative, or with a leading `~`. */
  readonly path: string;
}

export interface Pkcs11Source extends Named {
  readonly kind: "pkcs11";
  /** As given, perhaps with a PIN; whoever opens the token parses it, so that other keys load no parser. */
  readonly uri: string;
}

export interface TpmSource extends Named {
  readonly kind: "tpm";
  readonly handle: number;
}

export interface MemorySource extends Named {
  readonly kind: "memory";
  readonly bytes: Uint8Array;
}

/** What is read as a whole: text or bytes, wherever they stand. */
export type ReadableSource =
  | FileSource
  | MemorySource
  | (Named & { readonly kind: "environment"; readonly name: string })
  /** Standard input is descriptor 0. */
  | (Named & { readonly kind: "descriptor"; readonly fd: number });

/** Where a certificate or key is. A setting is parsed into it once, and nothing looks at its text afterwards. */
export type MaterialSource = ReadableSource | Pkcs11Source | TpmSource;

/**
 * Parses `env:NAME`, `fd:N`, `-` (standard input), `handle:0x81…`, a `pkcs11:` URI, `file:PATH` or a bare path.
 *
 * @throws UsageError `ERR_SETTING`; a key or certificate that is given by value is refused, and not shown.
 */
export function parseMaterialSource({ value, origin }: Sourced<string>): MaterialSource {
  if (isInline(value)) throw refuseInline(origin);
  const label = value;
  if (value === "-") return { kind: "descriptor", fd: 0, label };
  if (/^pkcs11:/i.test(value)) return { kind: "pkcs11", uri: value, label: withoutPin(value) };
  if (value.startsWith("handle:")) return { kind: "tpm", handle: parseTpmHandle(value, describeOrigin(origin)), label };
  if (value.startsWith("env:")) return { kind: "environment", name: value.slice("env:".length), label };
  if (value.startsWith("fd:")) return { kind: "descriptor", fd: parseDescriptor(value, origin), label };
  if (!value.startsWith("file:")) return { kind: "file", path: value, label };
  return { kind: "file", path: value.slice("file:".length).replace(/^\/\/(?=\/)/, ""), label };
}

/** The part of the URI that names an object, without attributes that are or may be meant as a PIN. */
function withoutPin(uri: string): string {
  const [path = ""] = uri.slice("pkcs11:".length).split("?", 1);
  const attributes = path.split(";").filter((attribute) => !/^[^=]*pin/i.test(attribute));
  return `pkcs11:${attributes.join(";")}`;
}

function parseDescriptor(text: string, origin: Origin): number {
  const digits = text.slice("fd:".length);
  if (/^\d{1,9}$/.test(digits)) return Number(digits);
  throw new UsageError("ERR_SETTING", `${describeOrigin(origin)} is "${text}", expected a number after fd:`, {
    hints: ["write fd:3, for example, and 3< FILE on the command line"],
  });
}

/** Hexadecimal with or without `0x`. */
function parseTpmHandle(text: string, where: string): number {
  const match = /^handle:(?:0[xX])?([0-9A-Fa-f]{1,8})$/.exec(text);
  if (match !== null) return Number.parseInt(match[1] ?? "", 16);
  throw new UsageError(
    "ERR_SETTING",
    `invalid TPM handle "${text}" (${where}), expected handle: and a hexadecimal number`,
    {
      hints: ["write handle:0x81000101; list the handles with: tpm2_getcap handles-persistent"],
    },
  );
}

/** Bytes that the caller has. */
export function memorySource(bytes: Uint8Array): MemorySource {
  return { kind: "memory", bytes, label: "(in memory)" };
}

/** Whether both name the same thing, so that it is read once. */
export function isSameSource(one: MaterialSource, other: MaterialSource): boolean {
  if (one.kind === "memory" && other.kind === "memory") return Buffer.from(one.bytes).equals(other.bytes);
  return one.kind === other.kind && one.label === other.label;
}

/** How a message names a setting and where it came from. */
export function describeSource({ value, origin }: Sourced<MaterialSource>): string {
  return `"${value.label}" (${describeOrigin(origin)})`;
}

/** The setting, where it names a file or bytes elsewhere. */
export function asReadable({ value, origin }: Sourced<MaterialSource>, noun: string): Sourced<ReadableSource> {
  if (value.kind !== "pkcs11" && value.kind !== "tpm") return { value, origin };
  throw new UsageError("ERR_SETTING", `${describeOrigin(origin)} names a key in a device, expected a ${noun} file`, {
    hints: [
      "--certificate takes pkcs11: URIs, --private-key takes pkcs11: URIs and handle:, --intermediates only files",
    ],
  });
}
