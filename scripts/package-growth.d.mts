type Sizes = Readonly<Record<string, number>>;
export function findPackageGrowth(size: Sizes, recorded: Sizes): string[];
