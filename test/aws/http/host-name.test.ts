import { expect, it } from "vitest";
import { bracketed, unbracketed } from "../../../src/aws/http/host-name.js";

it.each([
  ["::1", "[::1]"],
  ["fe80::1%eth0", "[fe80::1%eth0]"],
  ["127.0.0.1", "127.0.0.1"],
  ["sts.amazonaws.com", "sts.amazonaws.com"],
  ["", ""],
])("%j stands in a URL as %j, and is found there again", (hostname, host) => {
  expect(bracketed(hostname)).toBe(host);
  expect(unbracketed(host)).toBe(hostname);
});
