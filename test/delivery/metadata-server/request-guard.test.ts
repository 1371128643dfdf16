import { describe, expect, test } from "vitest";
import { findRefusal } from "../../../src/delivery/metadata-server/request-guard.js";

const rules = { allowedHosts: ["vending.internal", "proxy:8443"], ownPortOnly: true };

function statusOf(headers: Record<string, string>, more: { target?: string; localPort?: number | undefined } = {}) {
  const request = { target: "/credentials", localPort: 9911, ...more, headers };
  return findRefusal(request, rules)?.status;
}

describe("findRefusal", () => {
  test.each([
    "127.0.0.1:9911",
    "localhost:9911",
    "LOCALHOST:9911",
    "[::1]:9911",
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
    "127.0.0.1:9911:1",
    "user@127.0.0.1:9911",
    "",
  ])("refuses Host %j", (host) => {
    expect(statusOf({ host })).toBe(403);
  });

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
