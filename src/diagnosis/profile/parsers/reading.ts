/** The keys of each profile, as a tool parses them. */
export type Profiles = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface SharedTexts {
  /** undefined for a file that does not exist. */
  readonly config: string | undefined;
  readonly credentials: string | undefined;
}

/** The shared files, as a tool parses them. */
export type Reading =
  | { readonly kind: "read"; readonly config: Profiles; readonly credentials: Profiles }
  /** The tool then uses neither file. */
  | { readonly kind: "refused"; readonly file: keyof SharedTexts; readonly line: number; readonly reason: string };

/** A line for which a tool refuses the whole file. */
export class ParseFault extends Error {
  /** Starts at 1; 0 if the tool names no line. */
  readonly line: number;
  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

/** Parses both files, for a tool that refuses a whole file. */
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

/** Merges the keys of both files. Those of the credentials file take precedence. */
export function mergedKeys(
  { config, credentials }: { readonly config: Profiles; readonly credentials: Profiles },
  profile: string,
): ReadonlyMap<string, string> | undefined {
  const [one, other] = [config.get(profile), credentials.get(profile)];
  return one === undefined && other === undefined ? undefined : new Map([...(one ?? []), ...(other ?? [])]);
}

/** White space except the byte order mark, which all tools treat as text except the SDKs for JavaScript and .NET. */
export const leading = /^[^\S\uFEFF]+/;

export function strip(text: string): string {
  return text.replace(leading, "").replace(/[^\S\uFEFF]+$/, "");
}
