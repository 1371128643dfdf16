import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planSegments } from "../../src/readers/scan/segments.js";
import { parseShard, wholeShard } from "../../src/readers/shard.js";

describe("parseShard", () => {
  it.each([
    ["0/4", {}, { index: 0, count: 4 }],
    ["3/4", { JOB_COMPLETION_INDEX: "1" }, { index: 3, count: 4 }],
    ["auto/4", { JOB_COMPLETION_INDEX: "2" }, { index: 2, count: 4 }],
    ["auto/4", { AWS_BATCH_JOB_ARRAY_INDEX: "1", AWS_BATCH_JOB_ARRAY_SIZE: "9" }, { index: 1, count: 4 }],
    ["auto", { AWS_BATCH_JOB_ARRAY_INDEX: "1", AWS_BATCH_JOB_ARRAY_SIZE: "9" }, { index: 1, count: 9 }],
  ])("reads %s", (text, variables, expected) => {
    expect(parseShard(text, variables)).toEqual(expected);
  });

  it.each([
    ["4/4", {}, "slices count from 0 to 3"],
    ["1", {}, "expected INDEX/COUNT or auto/COUNT"],
    ["-1/4", {}, "expected INDEX/COUNT or auto/COUNT"],
    ["0/0", {}, "asks for 0 slices"],
    ["auto/4", {}, "neither JOB_COMPLETION_INDEX nor AWS_BATCH_JOB_ARRAY_INDEX"],
    ["auto", { JOB_COMPLETION_INDEX: "0" }, "Kubernetes tells a pod its index, not the count"],
    ["auto/2", { JOB_COMPLETION_INDEX: "2" }, "asks for slice 2 of 2"],
  ])("refuses %s", (text, variables, message) => {
    expect(() => parseShard(text, variables)).toThrow(message);
  });
});

describe("planSegments", () => {
  const MiB = 1024 * 1024;

  it.each([
    [0, 1],
    [10 * MiB, 1],
    [160 * MiB, 10],
    [1e12, 64],
  ])("cuts %d bytes into %d segments", (bytes, count) => {
    const plan = planSegments({ segments: undefined, shard: wholeShard, size: { items: 1, bytes }, limit: undefined });
    expect(plan).toEqual({ totalSegments: count, first: 0, count, concurrency: Math.min(count, 12) });
  });

  it("gives every segment to exactly one shard, whatever each of them is told of the size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
        fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
        (count, segments, sizes) => {
          const plans = Array.from({ length: count }, (_, index) =>
            planSegments({
              segments,
              shard: { index, count },
              size: { items: 1, bytes: sizes[index] ?? 0 },
              limit: undefined,
            }),
          );
          fc.pre(count > 1 || segments !== undefined);
          expect(new Set(plans.map(({ totalSegments }) => totalSegments)).size).toBe(1);
          const read = plans.flatMap((plan) => Array.from({ length: plan.count }, (_, offset) => plan.first + offset));
          expect(read).toEqual(Array.from({ length: plans[0]?.totalSegments ?? 0 }, (_, index) => index));
        },
      ),
    );
  });
});
