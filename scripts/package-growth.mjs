/** How much the package may grow without a record of the new size. */
const maxGrowth = 0.02;

/**
 * Compares sizes in bytes by name with those that were recorded.
 *
 * @returns What grew too much.
 */
export function findPackageGrowth(size, recorded) {
  const percent = (name) => ((size[name] / recorded[name] - 1) * 100).toFixed(1);
  return Object.keys(recorded)
    .filter((name) => size[name] > recorded[name] * (1 + maxGrowth))
    .map(
      (name) =>
        `${name}: ${size[name]} bytes are ${percent(name)} % more than the ${recorded[name]} on record, at most 2 %; ` +
        "if that is meant, record it: node scripts/package-report.mjs --record",
    );
}
