import { UsageError } from "../errors.js";
import { message, setting } from "../message.js";
import type { Text } from "../message.js";
import { describeOrigin, type Sourced } from "../origin.js";

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
  /** As given, perhaps with a PIN. Opening the token parses it, so that other keys load no parser. */
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

/** Text or bytes that are read whole. */
export type ReadableSource =
  | FileSource
  | MemorySource
  | (Named & { readonly kind: "environment"; readonly name: string })
  /** Standard input is descriptor 0. */
  | (Named & { readonly kind: "descriptor"; readonly fd: number });

/** Where a certificate or key is. A setting is parsed once; nothing reads its text again. */
export type MaterialSource = ReadableSource | Pkcs11Source | TpmSource;

/** Bytes that the caller holds. */
export function memorySource(bytes: Uint8Array): MemorySource {
  return { kind: "memory", bytes, label: "(in memory)" };
}

/** Whether both name the same thing, so that it is read once. */
export function isSameSource(one: MaterialSource, other: MaterialSource): boolean {
  if (one.kind === "memory" && other.kind === "memory") return Buffer.from(one.bytes).equals(other.bytes);
  return one.kind === other.kind && one.label === other.label;
}

/** Whether the setting names a key that a TPM holds. */
export function isTpmHandle(setting: Sourced<MaterialSource> | undefined): setting is Sourced<TpmSource> {
  return setting?.value.kind === "tpm";
}

/** How a message names a setting and where it came from. */
export function describeSource({ value, origin }: Sourced<MaterialSource>): Text {
  return message`"${value.label}" (${describeOrigin(origin)})`;
}

/** The setting, where it names a file or bytes elsewhere. */
export function asReadable({ value, origin }: Sourced<MaterialSource>, noun: string): Sourced<ReadableSource> {
  if (value.kind !== "pkcs11" && value.kind !== "tpm") return { value, origin };
  throw new UsageError(
    "ERR_SETTING",
    message`${describeOrigin(origin)} names a key in a device, expected a ${noun} file`,
    {
      hints: [
        message`${setting("certificate")} takes pkcs11: URIs, ${setting("private-key")} takes pkcs11: URIs and handle:, ${setting("intermediates")} only files`,
      ],
    },
  );
}
