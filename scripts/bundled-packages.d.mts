/** A package whose code stands in what the build writes. */
export interface BundledPackage {
  /** From the project's root. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author: string | undefined;
}

export function findBundledPackages(metafiles: readonly unknown[], root: string): readonly BundledPackage[];
export function formatLicenses(packages: readonly BundledPackage[], root: string): string;
