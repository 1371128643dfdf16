import { JsonFault } from "../items/json-cursor.js";
import type { ItemStyle } from "../items/transcode.js";
import type { JobHandler } from "../workers/job.js";
import { transcodeScanPage } from "./scan-page.js";
import type { ScanPage } from "./scan-page.js";

export interface PageInput {
  /** Memory that begins with the body of a response. */
  readonly memory: ArrayBuffer;
  readonly length: number;
  readonly maxItems: number;
}

/** The same memory, now with the items as lines, or with something that is not a page. */
export type PageOutput = { readonly memory: ArrayBuffer } & (
  | { readonly page: ScanPage }
  | { readonly fault: Pick<JsonFault, "expected" | "offset"> }
);

export function createPageJob(style: ItemStyle): JobHandler<PageInput, PageOutput> {
  return {
    run({ memory, length, maxItems }) {
      const body = new Uint8Array(memory, 0, length);
      const transfer = [memory];
      try {
        return { output: { memory, page: transcodeScanPage(body, style, maxItems) }, transfer };
      } catch (error) {
        if (!(error instanceof JsonFault)) throw error;
        return { output: { memory, fault: { expected: error.expected, offset: error.offset } }, transfer };
      }
    },
  };
}
