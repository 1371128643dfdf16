/** Why a request is refused before any route sees it. */
export interface Refusal {
  readonly status: 400 | 403 | 413 | 431;
  readonly message: string;
  /** The `Host` that is refused. */
  readonly host?: string | undefined;
}
