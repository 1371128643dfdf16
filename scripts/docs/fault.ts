/** Fault in a file, as the checks report it. */
export interface Fault {
  readonly path: string;
  /** Counted from 1; 0 for the file as a whole. */
  readonly line: number;
  readonly message: string;
}

export function formatFault({ path, line, message }: Fault): string {
  return `${path}${line === 0 ? "" : `:${line}`}: ${message}\n`;
}
