import { assert, constantFrom, integer, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRequestUrl, parseRequestUrl, resolveLocation } from "../../src/request/target.js";

describe("a URL taken apart", () => {
  it.each([
    ["https://h/a", "https", "h", 443, "h", "/a"],
    ["https://h:443/a", "https", "h", 443, "h", "/a"],
    ["http://h:443/a", "http", "h", 443, "h:443", "/a"],
    ["HTTPS://EXAMPLE.com", "https", "example.com", 443, "example.com", "/"],
    ["http://h:8080?x", "http", "h", 8080, "h:8080", "/?x"],
    ["https://[::1]:8443/a", "https", "::1", 8443, "[::1]:8443", "/a"],
    ["https://[::1]/a", "https", "::1", 443, "[::1]", "/a"],
    ["https://bücher.example/ü", "https", "xn--bcher-kva.example", 443, "xn--bcher-kva.example", "/%C3%BC"],
    ["https://h/a\tb", "https", "h", 443, "h", "/a%09b"],
  ])("%s", (text, scheme, hostname, port, authority, target) => {
    expect(parseRequestUrl(text)).toEqual({ scheme, hostname, port, authority, target });
  });

  it("keeps every target that a request line can carry, and reads back what it writes", () => {
    const target = string({ unit: constantFrom(...Array.from("ab./%2fF~*+:@?&=;,!'()[]{}|^`\"<>\\-_$")) });
    assert(
      property(target, constantFrom("http", "https"), integer({ min: 1, max: 65_535 }), (rest, scheme, port) => {
        const parsed = parseRequestUrl(`${scheme}://h:${port}/${rest}`);
        expect(parsed.target).toBe(`/${rest}`);
        expect(parseRequestUrl(formatRequestUrl(parsed))).toEqual(parsed);
      }),
    );
  });
});

describe("a Location", () => {
  it.each(["ftp://h/x", "javascript:alert(1)", "file:///etc/passwd"])("refuses %s", (location) => {
    expect(() => resolveLocation(location, parseRequestUrl("https://h/"))).toThrow(/only http and https/);
  });

  const base = parseRequestUrl("https://h:8443/a/b?c=d");
  it.each([
    ["https://other/x//y", "https://other/x//y"],
    ["//other/x", "https://other/x"],
    ["/x/../y", "https://h:8443/y"],
    ["x", "https://h:8443/a/x"],
    ["?e=f", "https://h:8443/a/b?e=f"],
    ["/x#part", "https://h:8443/x"],
    ["../x", "https://h:8443/x"],
    ["../../x", "https://h:8443/x"],
    ["./x/./y/..", "https://h:8443/a/x/"],
    ["https://other/x/../y?a=../b", "https://other/y?a=../b"],
    ["/\u00c3\u00bc?\u00ff", "https://h:8443/%C3%BC?%FF"],
    ["/a%2f..%2fb", "https://h:8443/a%2f..%2fb"],
    ["", "https://h:8443/a/b?c=d"],
    ["#part", "https://h:8443/a/b?c=d"],
    ["HTTPS://Other/x", "https://other/x"],
  ])("%s", (location, url) => {
    expect(formatRequestUrl(resolveLocation(location, base))).toBe(url);
  });
});
