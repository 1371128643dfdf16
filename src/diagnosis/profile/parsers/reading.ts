/** Keys by profile, as one tool sees them. */
export type Profiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface SharedTexts {
  /** undefined for a file that does not exist. */
  readonly config: string | undefined;
  readonly credentials: string | undefined;
}

/** What a tool makes of the shared files. */
export type Reading =
  | { readonly kind: "read"; readonly config: Profiles; readonly credentials: Profiles }
  /** It reads neither file then. */
  | { readonly kind: "refused"; readonly file: keyof SharedTexts; readonly line: number; readonly reason: string };

/** A line for which a tool refuses the whole file. */
export class ParseFault extends Error {
  /** From 1; 0 when the tool names none. */
  readonly line: number;
  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

/** The profiles of both files, for a tool that refuses a file whole. */
export function readEach(texts: SharedTexts, parse: (text: string, file: keyof SharedTexts) => Profiles): Reading {
  const parsed: { config: Profiles; credentials: Profiles } = { config: new Map(), credentials: new Map() };
  for (const file of ["config", "credentials"] as const) {
    try {
      parsed[file] = parse(texts[file] ?? "", file);
    } catch (error) {
      if (!(error instanceof ParseFault)) throw error;
      return { kind: "refused", file, line: error.line, reason: error.message };
    }
  }
  return { kind: "read", ...parsed };
}

/** Keys of the credentials file win. */
export function mergedKeys(
  { config, credentials }: { readonly config: Profiles; readonly credentials: Profiles },
  profile: string,
): ReadonlyMap<string, string> | undefined {
  const [one, other] = [config.get(profile), credentials.get(profile)];
  return one === undefined && other === undefined ? undefined : new Map([...(one ?? []), ...(other ?? [])]);
}

/** White space except the byte order mark, which is text to every tool but JavaScript's and .NET's. */
export const leading = /^[^\S\uFEFF]+/;

export function strip(text: string): string {
  return text.replace(leading, "").replace(/[^\S\uFEFF]+$/, "");
}
