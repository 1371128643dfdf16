import { describe, expect, test } from "vitest";
import { refuseHopLimit } from "../../../src/delivery/metadata-server/hop-limit.js";
import { parseListenAddress } from "../../../src/delivery/metadata-server/listen-address.js";

const here = [parseListenAddress("127.0.0.1:1", ""), parseListenAddress("unix:/run/socket", "")];
const remote = [...here, parseListenAddress("0.0.0.0:1", "")];

describe("refuseHopLimit", () => {
  test.each([1, 2, 64, 255])("honours %i where no router is", (limit) => {
    expect(() => refuseHopLimit(limit, here, 64)).not.toThrow();
  });

  test("honours the system's own limit everywhere", () => {
    expect(() => refuseHopLimit(64, remote, 64)).not.toThrow();
  });

  test("refuses another limit beyond loopback and says why", () => {
    expect(() => refuseHopLimit(2, remote, 64)).toThrow(/Node.js cannot set the time to live .* this system sets 64/);
  });

  test.each([0, -1, 256])("refuses %i", (limit) => {
    expect(() => refuseHopLimit(limit, here, 64)).toThrow("expected 1 to 255");
  });
});
