/** Package whose code is in the build output. */
export interface BundledPackage {
  /** Relative to the project's root. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author: string | undefined;
}

export function findBundledPackages(metafiles: readonly unknown[], root: string): readonly BundledPackage[];
export function formatLicenses(packages: readonly BundledPackage[], root: string): string;
