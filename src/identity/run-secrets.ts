/**
 * What one run of a command, or one provider of the library, remembers of secrets between the times that it reads its
 * keys: each renewal reads them again.
 */
export interface RunSecrets {
  /** Typed passwords and PINs by the key or token that they are for. */
  readonly typed: Map<string, Promise<string>>;
  /** Digests of what a token or TPM refused. */
  readonly refused: Set<string>;
}

export function createRunSecrets(): RunSecrets {
  return { typed: new Map(), refused: new Set() };
}
