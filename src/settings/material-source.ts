import { isInline, refuseInline } from "../aws/inline-value.js";
import { UsageError } from "../errors.js";
import { message } from "../message.js";
import type { Text } from "../message.js";
import type { MaterialSource } from "../identity/material-source.js";
import { describeOrigin, type Origin, type Sourced } from "../origin.js";

/**
 * Parses `env:NAME`, `fd:N`, `-` (standard input; also `/dev/stdin`, and `/dev/fd/N` of a shell's `<(…)`),
 * `handle:0x81…`, a `pkcs11:` URI, `spiffe:`, `file:PATH` or a bare path.
 *
 * @throws UsageError `ERR_SETTING`; an inline key or certificate is refused and not shown.
 */
export function parseMaterialSource({ value, origin }: Sourced<string>): MaterialSource {
  if (isInline(value)) throw refuseInline(origin);
  const label = value;
  if (value === "-") return { kind: "descriptor", fd: 0, label };
  if (/^pkcs11:/i.test(value)) return { kind: "pkcs11", uri: value, label: withoutPin(value) };
  if (value.startsWith("spiffe:")) return { kind: "spiffe", uri: value, label };
  if (value.startsWith("handle:")) return { kind: "tpm", handle: parseTpmHandle(value, describeOrigin(origin)), label };
  if (value.startsWith("env:")) return { kind: "environment", name: value.slice("env:".length), label };
  const descriptor = /^\/dev\/stdin$|^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(value);
  if (descriptor !== null) return { kind: "descriptor", fd: Number(descriptor[1] ?? 0), label };
  if (value.startsWith("fd:")) return { kind: "descriptor", fd: parseDescriptor(value, origin), label };
  if (!value.startsWith("file:")) return { kind: "file", path: value, label };
  return { kind: "file", path: value.slice("file:".length).replace(/^\/\/(?=\/)/, ""), label };
}

/** Returns the part of the URI that names an object, without attributes that are or may be a PIN. */
function withoutPin(uri: string): string {
  const [path = ""] = uri.slice("pkcs11:".length).split("?", 1);
  const attributes = path.split(";").filter((attribute) => !/^[^=]*pin/i.test(attribute));
  return `pkcs11:${attributes.join(";")}`;
}

/** Parses a flag that is not a setting in the same way. */
export function parseMaterialFlag(setting: string, value: string | undefined): Sourced<MaterialSource> | undefined {
  const origin: Origin = { kind: "flag", setting };
  return value === undefined ? undefined : { value: parseMaterialSource({ value, origin }), origin };
}

function parseDescriptor(text: string, origin: Origin): number {
  const digits = text.slice("fd:".length);
  if (/^\d{1,9}$/.test(digits)) return Number(digits);
  throw new UsageError("ERR_SETTING", message`${describeOrigin(origin)} is "${text}", expected a number after fd:`, {
    hints: ["write fd:3, for example, and 3< FILE on the command line"],
  });
}

/** Parses hexadecimal with or without `0x`. */
function parseTpmHandle(text: string, where: Text): number {
  const match = /^handle:(?:0[xX])?([0-9A-Fa-f]{1,8})$/.exec(text);
  if (match !== null) return Number.parseInt(match[1] ?? "", 16);
  throw new UsageError(
    "ERR_SETTING",
    message`invalid TPM handle "${text}" (${where}), expected handle: and a hexadecimal number`,
    {
      hints: ["write handle:0x81000101; list the handles with: tpm2_getcap handles-persistent"],
    },
  );
}
