export const bunVersion: string;
export const bunChecksums: Readonly<Record<string, string>>;
export function checkRuntime(
  name: string,
  lock: { readonly packages?: Readonly<Record<string, { readonly integrity?: string }>> },
): void;
