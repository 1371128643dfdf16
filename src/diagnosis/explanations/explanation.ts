/** What a code means and what to do about it, in the Markdown of docs/troubleshooting.md. */
export interface Explanation {
  /** One message of an error, with `…` for what differs. */
  readonly seen?: string;
  readonly text: string;
  /** The remedy; absent where there is nothing to do. */
  readonly fix?: string;
}
