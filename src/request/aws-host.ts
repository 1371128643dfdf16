import { partitions } from "../aws/partition.js";

/** A parsed AWS host name. */
export interface AwsHost {
  /** Labels without the suffix, the region and variant markers such as `-fips` and `dualstack`. */
  readonly labels: readonly string[];
  /** Whether the service follows the region, as in `search-x.eu-west-1.es`. */
  readonly serviceLast: boolean;
  readonly region: string | undefined;
  /** The region in which the partition's global services sign. */
  readonly globalRegion: string;
}

const globalRegions: Readonly<Record<string, string>> = {
  aws: "us-east-1",
  "aws-cn": "cn-northwest-1",
  "aws-eusc": "eusc-de-east-1",
  "aws-iso": "us-iso-east-1",
  "aws-iso-b": "us-isob-east-1",
  "aws-iso-e": "eu-isoe-west-1",
  "aws-iso-f": "us-isof-south-1",
};

/** Longest first. `on.aws` and its equivalents are for function URLs, VPC Lattice and OpenSearch domains. */
const suffixes: readonly (readonly [string, string])[] = partitions
  .filter(({ name }) => Object.hasOwn(globalRegions, name))
  .flatMap(({ name, dnsSuffix, dualStackDnsSuffix }) =>
    [dnsSuffix, dualStackDnsSuffix, dualStackDnsSuffix.replace(/^api\./, "on.")].map(
      (suffix) => [`.${suffix}`, globalRegions[name] ?? ""] as const,
    ),
  )
  .concat([
    [".aws.amazon.com", "us-east-1"],
    [".amazonaws.cn", "cn-northwest-1"],
    [".amazonaws-us-gov.com", "us-gov-west-1"],
  ])
  .sort(([one], [other]) => other.length - one.length);

/** Labels in the place of a region. */
const placeLabels = new Set(["global", "us-gov"]);

const regionLabel = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;

export function isRegionLabel(label: string): boolean {
  return regionLabel.test(label);
}

/** @returns undefined for a host outside AWS. */
export function readAwsHost(hostname: string): AwsHost | undefined {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  const [suffix, globalRegion] = suffixes.find(([end]) => host.endsWith(end)) ?? [];
  if (suffix === undefined || globalRegion === undefined) return undefined;
  const all = host.slice(0, -suffix.length).split(".");
  // The name of a VPC endpoint: vpce-0a-1b.execute-api.us-east-1.vpce
  const labels = (all.at(-1) === "vpce" ? all.slice(0, -1) : all).filter((label) => label !== "dualstack");
  const named = labels.filter((label) => !placeLabels.has(label));
  const at = named.findLastIndex(isRegionLabel);
  return {
    labels: named.filter((_, index) => index !== at).map(withoutVariant),
    serviceLast: at !== -1 && at < named.length - 1,
    region: at === -1 ? undefined : named[at],
    globalRegion: labels.includes("us-gov") ? "us-gov-west-1" : globalRegion,
  };
}

function withoutVariant(label: string): string {
  return label.replace(/-fips$/, "").replace(/^fips-/, "");
}
