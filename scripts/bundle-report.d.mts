/** Parts of the executable that are compiled without unpacking. */
interface Parts {
  readonly entryModules: readonly string[];
  readonly entryBytes: number;
  readonly usualBytes: number;
}

export const maxBytes: { readonly entry: number; readonly usual: number };
export function findBleed(modules: readonly { readonly path: string }[]): readonly string[];
export function findGrowth(parts: Parts): readonly string[];
