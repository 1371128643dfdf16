/** One AWS partition: the set of regions that share an ARN prefix and DNS suffixes. */
export interface Partition {
  readonly name: string;
  readonly dnsSuffix: string;
  readonly dualStackDnsSuffix: string;
  /** Matches the partition's region names. */
  readonly regionPattern: RegExp;
}

/**
 * Specific patterns precede the broad one of `aws`.
 *
 * @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
export const partitions: readonly Partition[] = [
  partition("aws-us-gov", "amazonaws.com", "api.aws", /^us-gov-\w+-\d+$/),
  partition("aws-iso", "c2s.ic.gov", "api.aws.ic.gov", /^us-iso-\w+-\d+$/),
  partition("aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", /^us-isob-\w+-\d+$/),
  partition("aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", /^eu-isoe-\w+-\d+$/),
  partition("aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", /^us-isof-\w+-\d+$/),
  partition("aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", /^cn-\w+-\d+$/),
  partition("aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", /^eusc-\w+-\w+-\d+$/),
  partition("aws", "amazonaws.com", "api.aws", /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/),
];

/** Returns the partition of a region. An unknown region counts as one of `aws`, as in the SDKs. */
export function partitionOfRegion(region: string): Partition {
  const found = partitions.find(({ regionPattern }) => regionPattern.test(region));
  return found ?? (partitions.at(-1) as Partition);
}

function partition(name: string, dnsSuffix: string, dualStackDnsSuffix: string, regionPattern: RegExp): Partition {
  return { name, dnsSuffix, dualStackDnsSuffix, regionPattern };
}
