import { assert, integer, property } from "fast-check";
import { expect, it } from "vitest";
import { pipePatience } from "../../../src/aws/files/read-pipe.js";

it("ends within the 50 seconds of a run, however many pipes were waited for before", () => {
  assert(
    property(integer({ min: 0, max: 46_999 }), (processMs) => {
      const { silenceMs, wholeMs } = pipePatience(processMs);
      expect(silenceMs).toBeGreaterThan(0);
      expect(processMs + Math.max(silenceMs, wholeMs)).toBeLessThan(50_000);
    }),
  );
});

it("has its own limit in a process that lasts", () => {
  expect(pipePatience(3_600_000)).toEqual({ silenceMs: 40_000, wholeMs: 45_000 });
});
