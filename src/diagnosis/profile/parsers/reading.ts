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

/** Keys of the credentials file win. */
export function mergedKeys(
  { config, credentials }: { readonly config: Profiles; readonly credentials: Profiles },
  profile: string,
): ReadonlyMap<string, string> | undefined {
  const [one, other] = [config.get(profile), credentials.get(profile)];
  return one === undefined && other === undefined ? undefined : new Map([...(one ?? []), ...(other ?? [])]);
}
