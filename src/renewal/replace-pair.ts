// Replaces two files that belong together. At each moment, also after a kill, the pair is complete:
//
// - Behind a link to a folder, as in secret mounts of Kubernetes, both change in one step.
// - If the key is kept, or is in the same file as the certificate, only one file changes, in one step.
// - Else the certificate's file first gets the certificates of both keys, then the key changes, then the present
//   certificate is removed. Readers in this program use the certificate that matches the key.
import { finishInPlace, replaceOrWriteOver } from "../aws/files/in-place.js";
import type { FileLock } from "../aws/files/lock-beside.js";
import { findLinkedFile, replaceLinkedFiles } from "../aws/files/linked-folder.js";
import { keepPrevious, previousPath } from "../aws/files/previous-copy.js";
import { findFile } from "../aws/files/target.js";
import { removeLeftovers } from "../aws/files/temporary.js";
import { cannotWrite } from "../aws/files/write-failure.js";
import type { NextPair } from "./next-pair.js";
import type { Pair, PairFile } from "./pair.js";

/**
 * Replaces the pair. Keeps the previous one beside it.
 *
 * @returns Paths of the previous pair: a folder or files.
 * @throws UsageError `ERR_OUTPUT`, with the present pair unchanged.
 */
export function replacePair({ files }: Pair, next: NextPair, { journal }: FileLock): readonly string[] {
  const { certificate, key, intermediates } = files;
  const folder = findLinkedFile(certificate.path);
  const contents = new Map<string, Buffer>();
  const joins = (file: PairFile | undefined, content: Buffer | undefined): boolean => {
    if (file === undefined || content === undefined) return true;
    const found = findLinkedFile(file.path);
    if (folder === undefined || found?.link !== folder.link) return false;
    contents.set(found.name, content);
    return true;
  };
  const isLinked = joins(certificate, next.certificate) && joins(key, next.key);
  const own = isLinked && joins(intermediates, next.intermediates);
  if (!own && intermediates !== undefined && next.intermediates !== undefined)
    write(intermediates, next.intermediates, `${journal}.intermediates`);
  if (isLinked && folder !== undefined) return [replaceLinkedFiles(folder.link, contents)];
  const kept = [certificate, ...(next.key === undefined ? [] : [key])].flatMap(keep);
  if (next.key === undefined) write(certificate, next.certificate, journal);
  else {
    write(certificate, next.both, journal);
    write(key, next.key, `${journal}.key`);
    write({ ...certificate, bytes: next.both }, next.certificate, journal);
  }
  return kept;
}

function write({ target, bytes, present }: PairFile, after: Buffer, journal: string): void {
  try {
    replaceOrWriteOver(target, { before: bytes, after, journal, present, secret: false });
  } catch (error) {
    throw cannotWrite(target, error);
  }
}

/** Keeps a copy, unless the folder is not writable, as around a single mounted file. */
function keep({ target, bytes, present }: PairFile): readonly string[] {
  try {
    keepPrevious(target, bytes, present);
    return [previousPath(target)];
  } catch {
    return [];
  }
}

/** Completes writes that a killed renewal left unfinished in single files. */
export function finishWrites(paths: FilePaths, { journal }: FileLock): void {
  for (const [path, own] of [
    [paths.certificate, journal],
    [paths.key, `${journal}.key`],
    [paths.intermediates, `${journal}.intermediates`],
  ] as const) {
    if (path === undefined) continue;
    const { path: target, present } = findFile(path, { secret: true });
    finishInPlace(target, present, own);
    removeLeftovers(target, true);
  }
}

export interface FilePaths {
  readonly certificate: string;
  readonly key: string | undefined;
  readonly intermediates: string | undefined;
}
