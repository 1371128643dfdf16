import { statSync } from "node:fs";

/** Identifies an unchanged file. */
export interface FileStamp {
  readonly path: string;
  readonly stamp: string;
  /** When content or metadata last changed, in milliseconds since 1970; 0 for a file that does not exist. */
  readonly changedMs: number;
}

/** Stamps a file, following links, so that a link to another file shows. Undefined if the stamp cannot be read. */
export function stampFile(path: string): FileStamp | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mode, uid } = statSync(path, { bigint: true });
    return {
      path,
      stamp: [dev, ino, size, mtimeNs, ctimeNs, mode, uid].join(":"),
      changedMs: Math.ceil(Number(mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1e6),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? { path, stamp: "absent", changedMs: 0 } : undefined;
  }
}
