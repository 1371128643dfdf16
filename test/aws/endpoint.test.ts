import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatEndpoint, parseEndpoint, serviceEndpoint } from "../../src/aws/endpoint.js";
import { partitionOfRegion } from "../../src/aws/partition.js";
import { aRegion } from "../support/parsed.js";

/** One region of each partition with its four hosts, as AWS documents them. */
const table = [
  [
    "aws",
    "us-east-1",
    "rolesanywhere.us-east-1.amazonaws.com",
    "rolesanywhere-fips.us-east-1.amazonaws.com",
    "rolesanywhere.us-east-1.api.aws",
    "rolesanywhere-fips.us-east-1.api.aws",
  ],
  [
    "aws-cn",
    "cn-north-1",
    "rolesanywhere.cn-north-1.amazonaws.com.cn",
    "rolesanywhere-fips.cn-north-1.amazonaws.com.cn",
    "rolesanywhere.cn-north-1.api.amazonwebservices.com.cn",
    "rolesanywhere-fips.cn-north-1.api.amazonwebservices.com.cn",
  ],
  [
    "aws-us-gov",
    "us-gov-west-1",
    "rolesanywhere.us-gov-west-1.amazonaws.com",
    "rolesanywhere-fips.us-gov-west-1.amazonaws.com",
    "rolesanywhere.us-gov-west-1.api.aws",
    "rolesanywhere-fips.us-gov-west-1.api.aws",
  ],
  [
    "aws-iso",
    "us-iso-east-1",
    "rolesanywhere.us-iso-east-1.c2s.ic.gov",
    "rolesanywhere-fips.us-iso-east-1.c2s.ic.gov",
    "rolesanywhere.us-iso-east-1.api.aws.ic.gov",
    "rolesanywhere-fips.us-iso-east-1.api.aws.ic.gov",
  ],
  [
    "aws-iso-b",
    "us-isob-east-1",
    "rolesanywhere.us-isob-east-1.sc2s.sgov.gov",
    "rolesanywhere-fips.us-isob-east-1.sc2s.sgov.gov",
    "rolesanywhere.us-isob-east-1.api.aws.scloud",
    "rolesanywhere-fips.us-isob-east-1.api.aws.scloud",
  ],
  [
    "aws-iso-e",
    "eu-isoe-west-1",
    "rolesanywhere.eu-isoe-west-1.cloud.adc-e.uk",
    "rolesanywhere-fips.eu-isoe-west-1.cloud.adc-e.uk",
    "rolesanywhere.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
    "rolesanywhere-fips.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
  ],
  [
    "aws-iso-f",
    "us-isof-south-1",
    "rolesanywhere.us-isof-south-1.csp.hci.ic.gov",
    "rolesanywhere-fips.us-isof-south-1.csp.hci.ic.gov",
    "rolesanywhere.us-isof-south-1.api.aws.hci.ic.gov",
    "rolesanywhere-fips.us-isof-south-1.api.aws.hci.ic.gov",
  ],
  [
    "aws-eusc",
    "eusc-de-east-1",
    "rolesanywhere.eusc-de-east-1.amazonaws.eu",
    "rolesanywhere-fips.eusc-de-east-1.amazonaws.eu",
    "rolesanywhere.eusc-de-east-1.api.amazonwebservices.eu",
    "rolesanywhere-fips.eusc-de-east-1.api.amazonwebservices.eu",
  ],
] as const;

describe("the partition table", () => {
  test.each(table)("%s", (partition, region, plain, fips, dualstack, both) => {
    expect(partitionOfRegion(region).name).toBe(partition);
    const host = (useFipsEndpoint: boolean, useDualstackEndpoint: boolean) =>
      serviceEndpoint("rolesanywhere", aRegion(region), { useFipsEndpoint, useDualstackEndpoint }).host;
    expect([host(false, false), host(true, false), host(false, true), host(true, true)]).toEqual([
      plain,
      fips,
      dualstack,
      both,
    ]);
  });

  test("a region that nobody knows yet is taken for one of aws", () => {
    expect(partitionOfRegion("xx-new-1").name).toBe("aws");
  });
});

test("a port of the protocol's own is left out of Host, another is kept", () => {
  expect(parseEndpoint("https://example.test:443", "--endpoint").host).toBe("example.test");
  expect(parseEndpoint("https://example.test:8443", "--endpoint").host).toBe("example.test:8443");
  expect(parseEndpoint("http://[::1]:80/a/", "--endpoint")).toMatchObject({
    host: "[::1]",
    hostname: "::1",
    port: 80,
    pathPrefix: "/a",
  });
});

test.each([
  "",
  "example.test",
  "ftp://example.test",
  "https://",
  "https://a b",
  "https://x/?q=1",
  "https://x/#f",
  "https://user:pw@x/",
  "https://x/é",
])("%j is refused", (text) => {
  expect(() => parseEndpoint(text, "--endpoint")).toThrow(/^--endpoint is not a usable endpoint/);
});

test("an endpoint comes back as it was written", () => {
  const host = fc.stringMatching(/^[a-z][a-z0-9]{0,10}(\.[a-z][a-z0-9]{0,10}){0,3}$/);
  const path = fc
    .stringMatching(/^(\/[A-Za-z0-9%._~-]{1,8}){0,3}$/)
    .filter((text) => !/%(?![0-9A-Fa-f]{2})/.test(text));
  fc.assert(
    fc.property(
      fc.constantFrom("http", "https"),
      host,
      fc.integer({ min: 1024, max: 65_535 }),
      path,
      (protocol, name, port, prefix) => {
        const text = `${protocol}://${name}:${port}${prefix}`;
        expect(formatEndpoint(parseEndpoint(text, "--endpoint"))).toBe(text);
      },
    ),
  );
});
