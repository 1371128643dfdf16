/** Secrets that one run of a command, or one provider of the library, remembers: each refresh reads the keys again. */
export interface RunSecrets {
  /** Typed passwords and PINs by key or token. */
  readonly typed: Map<string, Promise<string>>;
  /** Digests of secrets that a token or TPM refused. */
  readonly refused: Set<string>;
}

export function createRunSecrets(): RunSecrets {
  return { typed: new Map(), refused: new Set() };
}
