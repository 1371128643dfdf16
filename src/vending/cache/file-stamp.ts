import { statSync } from "node:fs";

/** What tells that a file is the one that it was; undefined when that cannot be told. */
export interface FileStamp {
  readonly path: string;
  readonly stamp: string;
  /** When content or metadata changed last, in milliseconds since 1970; 0 for a file that is not there. */
  readonly changedMs: number;
}

/** Looks at a file through links, so that one that leads elsewhere now shows. */
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
