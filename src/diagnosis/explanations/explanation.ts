/** What a code means and what to do about it, in the Markdown of docs/troubleshooting.md. */
export interface Explanation {
  /** An example of the error message, with `…` for the parts that vary. */
  readonly seen?: string;
  readonly text: string;
  /** The remedy; absent if there is nothing to do. */
  readonly fix?: string;
}
