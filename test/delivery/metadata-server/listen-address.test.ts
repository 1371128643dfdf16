import { assert, constantFrom, integer, ipV4, ipV6, oneof, property, record, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatListenAddress,
  isLoopback,
  parseListenAddress,
} from "../../../src/delivery/metadata-server/listen-address.js";
import type { ListenAddress } from "../../../src/delivery/metadata-server/listen-address.js";

describe("parseListenAddress", () => {
  test("reads back what formatListenAddress writes", () => {
    const addresses = oneof(
      record({
        kind: constantFrom("tcp" as const),
        host: oneof(ipV4(), ipV6()),
        port: integer({ min: 0, max: 65_535 }),
      }),
      record({ kind: constantFrom("unix" as const), path: string({ minLength: 1 }).filter((p) => !p.includes("\0")) }),
    );
    assert(
      property(addresses, (address: ListenAddress) => {
        expect(parseListenAddress(formatListenAddress(address), "--listen")).toEqual(address);
      }),
    );
  });

  test("takes localhost for 127.0.0.1", () => {
    expect(parseListenAddress("localhost:9911", "--listen")).toEqual({ kind: "tcp", host: "127.0.0.1", port: 9911 });
  });

  test.each([
    "",
    "9911",
    ":9911",
    "127.0.0.1",
    "127.0.0.1:65536",
    "::1:9911",
    "[127.0.0.1]:1",
    "example.com:80",
    "unix:",
  ])("refuses %j", (text) => {
    expect(() => parseListenAddress(text, "--listen")).toThrow(/^--listen ".*" /);
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.8.9.1", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["localhost", false],
])("isLoopback(%s) is %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
