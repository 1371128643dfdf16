import { replaceContent } from "../../aws/files/replacement.js";

/**
 * Puts a file of the cache in place whole, readable by its owner alone. A process that dies on the way leaves at most a
 * hidden file, which `sweepFolder` removes.
 *
 * @throws Error of the file system; nothing is left behind then.
 */
export function keepFile(path: string, content: Uint8Array | string): void {
  // What a loss of power takes is a miss, so nothing is flushed; nor does a run wait long for another reader's file.
  replaceContent(path, content, { secret: true, flush: false, busyMs: 250 });
}
