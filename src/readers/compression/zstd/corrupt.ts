import { CompressionFault } from "../format-fault.js";

/** Creates the error for invalid block content. */
export const corrupt = (what: string): CompressionFault => new CompressionFault(`a block cannot be decoded: ${what}`);
