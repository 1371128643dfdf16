import { message } from "../message.js";
import type { Text } from "../message.js";
import { describeOrigin, type Sourced } from "../origin.js";

interface Named {
  /** Name in messages; never a secret. */
  readonly label: string;
}

export interface FileSource extends Named {
  readonly kind: "file";
  /** As given: relative, or with a leading `~`. */
  readonly path: string;
}

export interface Pkcs11Source extends Named {
  readonly kind: "pkcs11";
  /** As given, perhaps with a PIN. Parsed only when the token is opened, so that other keys load no parser. */
  readonly uri: string;
}

export interface TpmSource extends Named {
  readonly kind: "tpm";
  readonly handle: number;
}

export interface SpiffeSource extends Named {
  readonly kind: "spiffe";
  /** As given. Parsed only when the agent is asked, so that other keys load no parser. */
  readonly uri: string;
}

export interface MemorySource extends Named {
  readonly kind: "memory";
  readonly bytes: Uint8Array;
}

/** Text or bytes, read whole. */
export type ReadableSource =
  | FileSource
  | MemorySource
  | (Named & { readonly kind: "environment"; readonly name: string })
  /** Standard input is descriptor 0. */
  | (Named & { readonly kind: "descriptor"; readonly fd: number });

/** Place of a certificate or key. A setting is parsed once; nothing reads its text again. */
export type MaterialSource = ReadableSource | Pkcs11Source | TpmSource | SpiffeSource;

/** Wraps bytes that the caller holds. */
export function memorySource(bytes: Uint8Array): MemorySource {
  return { kind: "memory", bytes, label: "(in memory)" };
}

/** Tells whether both name the same thing, so that it is read once. */
export function isSameSource(one: MaterialSource, other: MaterialSource): boolean {
  if (one.kind === "memory" && other.kind === "memory") return Buffer.from(one.bytes).equals(other.bytes);
  return one.kind === other.kind && one.label === other.label;
}

/** Tells whether the setting names a key in a TPM. */
export function isTpmHandle(setting: Sourced<MaterialSource> | undefined): setting is Sourced<TpmSource> {
  return setting?.value.kind === "tpm";
}

/** Tells whether certificate and key come from an agent of the SPIFFE Workload API. */
export function isSpiffe(setting: Sourced<MaterialSource> | undefined): setting is Sourced<SpiffeSource> {
  return setting?.value.kind === "spiffe";
}

/** Names a setting and its origin in messages. */
export function describeSource({ value, origin }: Sourced<MaterialSource>): Text {
  return message`"${value.label}" (${describeOrigin(origin)})`;
}

/** Tells whether the source is a file or other readable bytes. */
export function isReadable(source: MaterialSource): source is ReadableSource {
  return source.kind !== "pkcs11" && source.kind !== "tpm" && source.kind !== "spiffe";
}
