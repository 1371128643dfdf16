import { describe, expect, it } from "vitest";
import type { Origin } from "../../../src/aws/http/exchange.js";
import { findProxy } from "../../../src/aws/http/proxy.js";
import type { ProxyServer } from "../../../src/aws/http/proxy.js";
import { namesProxy } from "../../../src/aws/http/proxy-settings.js";

const origin = (url: string): Origin => {
  const { protocol, hostname, port } = new URL(url);
  return {
    protocol: protocol === "http:" ? "http:" : "https:",
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
  };
};
const found = (url: string, variables: Readonly<Record<string, string>>, proxy?: string) =>
  describeProxy(findProxy(origin(url), { variables, proxy }));
const describeProxy = (proxy: ProxyServer | undefined) =>
  proxy === undefined
    ? undefined
    : `${proxy.secure ? "https" : proxy.kind}://${proxy.hostname.includes(":") ? `[${proxy.hostname}]` : proxy.hostname}:${proxy.port}/`;

const aws = "https://sts.us-east-1.amazonaws.com/";

describe("the proxy", () => {
  it.each([
    [aws, { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:2", ALL_PROXY: "http://c:3" }, "http://a:1/"],
    ["http://plain.example/", { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "http://b:2" }, "http://b:2/"],
    [aws, { HTTP_PROXY: "http://b:2" }, undefined],
    [aws, { HTTP_PROXY: "http://b:2", ALL_PROXY: "http://c:3" }, "http://c:3/"],
    [aws, { HTTPS_PROXY: "http://a:1", https_proxy: "http://lower:1" }, "http://lower:1/"],
    [aws, { HTTPS_PROXY: "http://a:1", https_proxy: "" }, "http://a:1/"],
    [aws, { HTTPS_PROXY: "", all_proxy: "http://c:3" }, "http://c:3/"],
    [aws, { HTTPS_PROXY: "a:1" }, "http://a:1/"],
    [aws, { HTTPS_PROXY: "https://a:1" }, "https://a:1/"],
    [aws, { HTTPS_PROXY: " http://a:1 " }, "http://a:1/"],
    [aws, { HTTPS_PROXY: "http://a" }, "http://a:80/"],
    [aws, { HTTPS_PROXY: "https://a" }, "https://a:443/"],
    [aws, { HTTPS_PROXY: "HTTP://A:1" }, "http://a:1/"],
    [aws, { HTTPS_PROXY: "a" }, "http://a:80/"],
    [aws, { HTTPS_PROXY: "[::1]:3128" }, "http://[::1]:3128/"],
    [aws, { HTTPS_PROXY: "http://[fd00::1]" }, "http://[fd00::1]:80/"],
    [aws, { HTTPS_PROXY: "socks5://a" }, "socks://a:1080/"],
    [aws, { HTTPS_PROXY: "socks5h://a:9" }, "socks://a:9/"],
    [aws, { ALL_PROXY: "socks5://a:9" }, "socks://a:9/"],
    ["http://plain.example/", { ALL_PROXY: "socks5h://[::1]:9" }, "socks://[::1]:9/"],
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
    ["*, other.example", true],
    ["10.0.0.0/8", false],
    ["other.example", false],
    ["", false],
  ])("is passed by when NO_PROXY is %j: %s", (list, excluded) => {
    expect(found(aws, { HTTPS_PROXY: "http://a:1", NO_PROXY: list }) === undefined).toBe(excluded);
  });

  const variables = { ALL_PROXY: "http://a:1" };
  it.each([
    ["https://[fd00::1]:8443/", "fd00::1", true],
    ["https://[fd00::1]:8443/", "[fd00::1]", true],
    ["https://[fd00::1]:8443/", "[fd00::1]:8443", true],
    ["https://[fd00::1]:8443/", "[fd00::1]:1", false],
    ["https://[fd00::1]/", "fd00:0:0::1", true],
    ["https://[fd00::1]/", "fd00::/8", true],
    ["https://[fd00::1]/", "[fd00::]/8", true],
    ["https://[fe80::1]/", "fd00::/8", false],
    ["http://10.1.2.3:8000/", "10.1.2.3", true],
    ["http://10.1.2.3:8000/", "10.1.2.3:8000", true],
    ["http://10.1.2.3:8000/", "10.1.2.3:80", false],
    ["http://10.1.2.3/", "10.0.0.0/8", true],
    ["http://10.1.2.3/", "10.1.2.0/31", false],
    ["http://10.1.2.3/", "192.168.0.0/16, 10.1.0.0/16", true],
    ["http://10.1.2.3/", "0.0.0.0/0", true],
    ["http://10.1.2.3/", "10.0.0.0/33", false],
    ["http://10.1.2.3/", "::/0", false],
    ["http://10.1.2.3/", "2.3", false],
    ["http://10.1.2.3/", "10.0.0.0/8/8", false],
  ])("for %s is passed by when NO_PROXY is %j: %s", (url, list, excluded) => {
    expect(found(url, { ...variables, NO_PROXY: list }) === undefined).toBe(excluded);
  });

  it.each([
    "http://localhost:8000/",
    "http://LOCALHOST/",
    "https://127.0.0.1/",
    "https://127.9.9.9/",
    "http://[::1]:1/",
  ])("of the environment is passed by for %s, which is loopback; one that is given is not", (url) => {
    expect(found(url, { ...variables, HTTP_PROXY: "http://b:1" })).toBeUndefined();
    expect(found(url, {}, "http://given:9")).toBe("http://given:9/");
  });

  it("has its login decoded", () => {
    const login = (value: string) => findProxy(origin(aws), { variables: { HTTPS_PROXY: value } })?.login;
    expect(login("http://me:p%40ss%3A%2F@a:1")).toEqual({ user: "me", password: "p@ss:/" });
    expect(login("socks5://me@a:1")).toEqual({ user: "me", password: "" });
    expect(login("me:50%@a:1")).toEqual({ user: "me", password: "50%" });
    expect(login("http://a:1")).toBeUndefined();
  });

  it.each(["socks4://me:secret@a:1", "://", "http://", "ftp://a", "socks5://", "http://a:99999"])(
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

  it.each([
    [{}, undefined, false],
    [{ NO_PROXY: "*", http_proxy: "" }, undefined, false],
    [{ HTTPS_PROXY: "http://a:1" }, undefined, true],
    [{ http_proxy: "http://a:1" }, undefined, true],
    [{ all_proxy: "socks5://a:1" }, undefined, true],
    [{ HTTPS_PROXY: "http://a:1" }, "", false],
    [{}, "http://a:1", true],
  ])("is looked for with %j and %j: %s", (given, proxy, expected) => {
    expect(namesProxy({ variables: given, proxy })).toBe(expected);
  });
});
