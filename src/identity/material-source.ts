import { message } from "../message.js";
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

export interface SpiffeSource extends Named {
  readonly kind: "spiffe";
  /** As given. Asking the agent parses it, so that other keys load no parser. */
  readonly uri: string;
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
export type MaterialSource = ReadableSource | Pkcs11Source | TpmSource | SpiffeSource;

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

/** Whether the certificate comes with its key from an agent of the SPIFFE Workload API. */
export function isSpiffe(setting: Sourced<MaterialSource> | undefined): setting is Sourced<SpiffeSource> {
  return setting?.value.kind === "spiffe";
}

/** How a message names a setting and where it came from. */
export function describeSource({ value, origin }: Sourced<MaterialSource>): Text {
  return message`"${value.label}" (${describeOrigin(origin)})`;
}

/** Whether the setting names a file, or bytes elsewhere. */
export function isReadable(source: MaterialSource): source is ReadableSource {
  return source.kind !== "pkcs11" && source.kind !== "tpm" && source.kind !== "spiffe";
}
