import { describe, expect, it } from "vitest";
import { environmentRegion, parseRegion } from "../../src/aws/region.js";

describe("a region", () => {
  it.each(["us-east-1", "eu-isoe-west-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-15"])("is %s", (text) => {
    expect(parseRegion(text, "--region")).toBe(text);
  });

  it.each(["", "us", "US-EAST-1", "us-east-1.example", "us_east_1", "us-east-1 ", "evil/us-east-1"])(
    "is not %j",
    (text) => {
      expect(() => parseRegion(text, "--region")).toThrow(
        expect.objectContaining({
          code: "ERR_SETTING",
          message: `--region has region "${text}", expected one such as us-east-1`,
          hints: ["leave --region out to use the trust anchor's region"],
        }) as Error,
      );
    },
  );

  it("of the environment is AWS_REGION, else AWS_DEFAULT_REGION", () => {
    expect(environmentRegion({ AWS_REGION: "a", AWS_DEFAULT_REGION: "b" })).toBe("a");
    expect(environmentRegion({ AWS_REGION: "", AWS_DEFAULT_REGION: "b" })).toBe("b");
    expect(environmentRegion({ AWS_DEFAULT_REGION: "" })).toBeUndefined();
  });
});
