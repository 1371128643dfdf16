import { describe, expect, it } from "vitest";
import type { Origin } from "../../../src/aws/http/exchange.js";
import { findProxy } from "../../../src/aws/http/proxy.js";

const origin = (url: string): Origin => {
  const { protocol, hostname, port } = new URL(url);
  return {
    protocol: protocol === "http:" ? "http:" : "https:",
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
  };
};
const found = (url: string, variables: Readonly<Record<string, string>>, proxy?: string) =>
  findProxy(origin(url), { variables, proxy })?.url.href;

const aws = "https://sts.us-east-1.amazonaws.com/";

describe("the proxy", () => {
  it.each([
    [aws, { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:2", ALL_PROXY: "http://c:3" }, "http://a:1/"],
    ["http://localhost/", { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:2" }, "http://b:2/"],
    [aws, { HTTP_PROXY: "http://b:2" }, undefined],
    [aws, { HTTP_PROXY: "http://b:2", ALL_PROXY: "http://c:3" }, "http://c:3/"],
    [aws, { HTTPS_PROXY: "http://a:1", https_proxy: "http://lower:1" }, "http://lower:1/"],
    [aws, { HTTPS_PROXY: "http://a:1", https_proxy: "" }, "http://a:1/"],
    [aws, { HTTPS_PROXY: "", all_proxy: "http://c:3" }, "http://c:3/"],
    [aws, { HTTPS_PROXY: "a:1" }, "http://a:1/"],
    [aws, { HTTPS_PROXY: "https://a:1" }, "https://a:1/"],
    [aws, {}, undefined],
  ])("for %s of %j is %s", (url, variables, expected) => {
    expect(found(url, variables)).toBe(expected);
  });

  it("that is given wins over the environment and NO_PROXY; an empty one is none", () => {
    expect(found(aws, { HTTPS_PROXY: "http://a:1", NO_PROXY: "*" }, "http://given:9")).toBe("http://given:9/");
    expect(found(aws, { HTTPS_PROXY: "http://a:1" }, "")).toBeUndefined();
  });

  it.each([
    ["amazonaws.com", true],
    [".amazonaws.com", true],
    ["*.amazonaws.com", true],
    ["AmazonAWS.com", true],
    ["sts.us-east-1.amazonaws.com", true],
    [".sts.us-east-1.amazonaws.com", false],
    ["*.sts.us-east-1.amazonaws.com", false],
    ["aws.com", false],
    ["sts.us-east-1.amazonaws.com:443", true],
    ["sts.us-east-1.amazonaws.com:8443", false],
    ["other.example, amazonaws.com", true],
    ["other.example amazonaws.com", true],
    [" , ,", false],
    ["*", true],
    ["other.example", false],
    ["", false],
  ])("is passed by when NO_PROXY is %j: %s", (list, excluded) => {
    expect(found(aws, { HTTPS_PROXY: "http://a:1", NO_PROXY: list }) === undefined).toBe(excluded);
  });

  it("is passed by for addresses", () => {
    const variables = { ALL_PROXY: "http://a:1" };
    expect(found("https://[::1]:8443/", { ...variables, NO_PROXY: "::1" })).toBeUndefined();
    expect(found("https://[::1]:8443/", { ...variables, NO_PROXY: "[::1]" })).toBeUndefined();
    expect(found("https://[::1]:8443/", { ...variables, NO_PROXY: "[::1]:8443" })).toBeUndefined();
    expect(found("https://[::1]:8443/", { ...variables, NO_PROXY: "[::1]:1" })).toBe("http://a:1/");
    expect(found("http://127.0.0.1:8000/", { ...variables, NO_PROXY: "127.0.0.1" })).toBeUndefined();
  });

  it.each(["socks5://me:secret@a:1", "://", "http://", "ftp://a"])(
    "that is %s is refused, without its login",
    (value) => {
      const refusal = (): unknown => {
        try {
          return findProxy(origin(aws), { variables: { HTTPS_PROXY: value } });
        } catch (error) {
          return error;
        }
      };
      expect(refusal()).toMatchObject({ code: "ERR_SETTING" });
      expect((refusal() as Error).message).toContain("HTTPS_PROXY");
      expect((refusal() as Error).message).not.toContain("secret");
    },
  );

  it("is named by where it stands", () => {
    expect(findProxy(origin(aws), { variables: { all_proxy: "http://a:1" } })?.name).toContain("ALL_PROXY");
    expect(findProxy(origin(aws), { variables: {}, proxy: "http://a:1" })?.name).toContain("given");
  });
});
