/** Why a request is refused before routing. */
export interface Refusal {
  readonly status: 400 | 403 | 413 | 431;
  readonly message: string;
  /** The refused `Host`. */
  readonly host?: string | undefined;
}
