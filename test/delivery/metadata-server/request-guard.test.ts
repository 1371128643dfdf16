import { describe, expect, test } from "vitest";
import { findRefusal } from "../../../src/delivery/metadata-server/request-guard.js";

const rules = { allowedHosts: ["vending.internal", "proxy:8443"], ownPortOnly: true, defaultPort: 80 } as const;

interface More {
  readonly target?: string;
  readonly localPort?: number | undefined;
  readonly defaultPort?: 80 | 443;
}

function statusOf(headers: Record<string, string>, { defaultPort = 80, ...more }: More = {}) {
  const request = { target: "/credentials", localPort: 9911, ...more, headers: new Map(Object.entries(headers)) };
  return findRefusal(request, { ...rules, defaultPort })?.status;
}

describe("findRefusal", () => {
  test.each([
    "127.0.0.1:9911",
    "localhost:9911",
    "LOCALHOST:9911",
    "[::1]:9911",
    "[0:0:0:0:0:0:0:1]:9911",
    "[0000:0000:0000:0000:0000:0000:0000:0001]:9911",
    "[::FFFF:127.0.0.1]:9911",
    "[::ffff:7f00:1]:9911",
    "[fe80::1%eth0]:9911",
    "[fe80::1%25eth0]:9911",
    "169.254.170.2:9911",
    "vending.internal",
    "vending.internal:1",
    "proxy:8443",
  ])("accepts Host %s", (host) => {
    expect(statusOf({ host })).toBeUndefined();
  });

  test.each([
    "evil.example:9911",
    "127.0.0.1",
    "127.0.0.1:9912",
    "127.0.0.1.evil.example:9911",
    "localhost.:9911",
    "proxy:8444",
    "[::1:9911",
    "[::1]",
    "[::1]evil.example:9911",
    "[::1%evil.example",
    "[evil.example]:9911",
    "[127.0.0.1]:9911",
    "[]:9911",
    "::1:9911",
    "127.1:9911",
    "2130706433:9911",
    "127.0.0.1:9911:1",
    "user@127.0.0.1:9911",
    "",
  ])("refuses Host %j", (host) => {
    expect(statusOf({ host })).toBe(403);
  });

  test.each([
    ["127.0.0.1", 80, 80, undefined],
    ["127.0.0.1", 443, 443, undefined],
    ["[::1]", 443, 443, undefined],
    ["localhost", 443, 443, undefined],
    ["127.0.0.1", 443, 80, 403],
    ["127.0.0.1", 80, 443, 403],
    ["evil.example", 443, 443, 403],
  ] as const)(
    "takes Host %s on port %d for that port where it is the default %d: %s",
    (host, localPort, defaultPort, status) => {
      expect(statusOf({ host }, { localPort, defaultPort })).toBe(status);
    },
  );

  test("refuses a request without Host, except on a unix socket", () => {
    expect(statusOf({})).toBe(403);
    expect(statusOf({}, { localPort: undefined })).toBeUndefined();
  });

  test.each([
    [{ origin: "http://127.0.0.1:9911" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-origin" }, 403],
    [{ "sec-fetch-site": "none" }, undefined],
    [{ "x-forwarded-for": "" }, 400],
    [{ forwarded: "for=10.0.0.1" }, 400],
    [{ via: "1.1 proxy" }, 400],
    [{ "content-length": "1" }, 413],
    [{ "content-length": "0" }, undefined],
    [{ "transfer-encoding": "chunked" }, 413],
  ])("answers headers %j with %s", (headers, status) => {
    expect(statusOf({ host: "127.0.0.1:9911", ...headers })).toBe(status);
  });

  test("refuses the request targets of a proxy", () => {
    expect(statusOf({ host: "127.0.0.1:9911" }, { target: "http://127.0.0.1:9911/credentials" })).toBe(400);
  });
});
