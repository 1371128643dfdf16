import { describe, expect, test } from "vitest";
import { collectHeaders, maxHeaders } from "../../../src/delivery/metadata-server/request-headers.js";

const fillers = (count: number) => Array.from({ length: count }, (_, index) => [`x-${index}`, ""]).flat();

describe("collectHeaders", () => {
  test("gives every header, with its name in lower case", () => {
    const headers = collectHeaders([...fillers(maxHeaders - 1), "X-Forwarded-For", "10.0.0.1"]);
    expect(headers).toBeInstanceOf(Map);
    expect(new Map(headers as ReadonlyMap<string, string>).get("x-forwarded-for")).toBe("10.0.0.1");
  });

  test("refuses more than it looks at", () => {
    expect(collectHeaders(fillers(maxHeaders + 1))).toMatchObject({ status: 431 });
  });

  test.each(["Host", "AUTHORIZATION", "content-length", "X-aws-ec2-metadata-token", "Sec-Fetch-Site"])(
    "refuses two headers %s, in whatever case",
    (name) => {
      expect(collectHeaders([name, "a", "Accept", "*/*", name.toLowerCase(), "a"])).toEqual({
        status: 400,
        message: `the request has two ${name.toLowerCase()} headers`,
      });
    },
  );

  test("takes a second header of any other name", () => {
    expect(collectHeaders(["Accept", "a", "accept", "b"])).toEqual(new Map([["accept", "a"]]));
  });
});
