import { describe, expect, it } from "vitest";
import { parsePartitions } from "../../../src/readers/objects/partitions.js";

const parse = (key: string) => Object.fromEntries(parsePartitions({ bucket: "acme", key }));

describe("partitions of a key", () => {
  it.each<[string, Record<string, string | undefined>]>([
    ["reports/year=2024/month=01/x.zip", { year: "2024", month: "01" }],
    ["env=prod/reports/x.csv", { env: "prod" }],
    ["reports/x=1.csv", {}],
    ["reports/2024/x.csv", {}],
    ["a=__HIVE_DEFAULT_PARTITION__/b=/x.csv", { a: undefined, b: "" }],
    ["city=S%C3%A3o%20Paulo/a%3Db=c%2Fd/x.csv", { city: "São Paulo", "a=b": "c/d" }],
    ["rate=100%/off=%ZZ/x.csv", { rate: "100%", off: "%ZZ" }],
    ["q=a=b/=c/x.csv", { q: "a=b" }],
  ])("%s", (key, expected) => {
    expect(parse(key)).toEqual(expected);
  });

  it("have one value for each name", () => {
    expect(() => parse("year=2024/year=2025/x.csv")).toThrow('two of its folders have the name "year"');
  });
});
