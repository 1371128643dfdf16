import { CompressionFault } from "../format-fault.js";

/** A fault of a block's content. */
export const corrupt = (what: string): CompressionFault => new CompressionFault(`a block cannot be decoded: ${what}`);
