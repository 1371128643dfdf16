/** Compressed data that violates its format or is truncated. */
export class CompressionFault extends Error {
  constructor(problem: string, cause?: unknown) {
    super(problem, cause === undefined ? undefined : { cause });
    this.name = "CompressionFault";
  }
}

/** Tells whether the data caused the error, not the network or the program. */
export function isFormatFault(error: unknown): boolean {
  if (error instanceof CompressionFault) return true;
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^(?:Z_|ERR_ZLIB|ZSTD_|ERR_ZSTD)/.test(code);
}
