import type { PageBuffer } from "../dynamodb/page-buffer.js";
import { transcodeScanPage } from "../dynamodb/scan-page.js";
import type { ScanPage } from "../dynamodb/scan-page.js";
import { JsonFault } from "../items/json-cursor.js";
import type { ItemStyle } from "../items/transcode.js";
import type { WorkerPool } from "../workers/pool.js";

/** Turns one page at a time into lines. */
export interface PageTranscoder {
  /**
   * Overwrites the response in the buffer with its items as lines.
   *
   * @throws JsonFault when it is not a page
   */
  transcode(buffer: PageBuffer, maxItems: number): Promise<ScanPage>;
}

/** A scan of a few pages ends before a thread has started. */
const pagesBeforeThread = 2;

/** @param pool Threads for a long scan; undefined to convert every page before the next one is. */
export function createPageTranscoder(style: ItemStyle, pool: WorkerPool | undefined): PageTranscoder {
  let pages = 0;
  let job: ReturnType<typeof openJob> | undefined;
  return {
    async transcode(buffer, maxItems) {
      if (pool === undefined || ++pages <= pagesBeforeThread) {
        return transcodeScanPage(buffer.contents(), style, maxItems);
      }
      job ??= openJob(pool, style);
      const { length } = buffer.contents();
      const memory = buffer.lend();
      const output = await job.call({ memory, length, maxItems }, [memory]);
      buffer.adopt(output.memory);
      if ("page" in output) return output.page;
      throw new JsonFault(output.fault.expected, output.fault.offset);
    },
  };
}

function openJob(pool: WorkerPool, style: ItemStyle) {
  return pool.open("scanPage", style);
}
