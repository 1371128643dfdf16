export interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly data?: Buffer;
  readonly link?: string;
}

export function writeTar(entries: readonly Entry[], timeSeconds: number): Buffer;
