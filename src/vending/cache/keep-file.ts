import { replaceContent } from "../../aws/files/replacement.js";

/**
 * Writes a file of the cache atomically, readable only by its owner. A process that is killed meanwhile leaves at most
 * a hidden file, which `sweepFolder` removes.
 *
 * @throws Error of the file system; then nothing is left behind.
 */
export function keepFile(path: string, content: Uint8Array | string): void {
  // A file lost in a power failure is only a miss, so nothing is flushed. Nor does a run wait long for other readers.
  replaceContent(path, content, { secret: true, flush: false, busyMs: 250 });
}
