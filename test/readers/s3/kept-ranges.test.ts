import { afterEach, expect, it } from "vitest";
import { createKeptRanges } from "../../../src/readers/s3/kept-ranges.js";
import type { KeptRanges } from "../../../src/readers/s3/kept-ranges.js";

const mebibyte = 1024 * 1024;
const object = { bucket: "b", key: "k", size: 64 * mebibyte, etag: '"1"', lastModified: new Date(0) };
const bytes = Uint8Array.from({ length: 16 * mebibyte }, (_, index) => (index * 7) >> 3);

let kept: KeptRanges;
afterEach(() => kept.close());

/** @returns The ranges that are asked of the store behind. */
function open(
  read: (start: number, end: number) => Promise<Uint8Array> = async (start, end) => bytes.slice(start, end),
) {
  const asked: [number, number][] = [];
  kept = createKeptRanges({
    read(_, start, end) {
      asked.push([start, end]);
      return read(start, end);
    },
  });
  kept.keep(true);
  return asked;
}

it("asks for the gaps between kept ranges only, in memory or on disk", async () => {
  const asked = open();
  await kept.read(object, 1 * mebibyte, 3 * mebibyte);
  await kept.read(object, 5 * mebibyte, 12 * mebibyte);
  kept.keep(false);
  asked.length = 0;
  const found = await kept.read(object, 2 * mebibyte, 13 * mebibyte);
  expect(Buffer.compare(found, bytes.subarray(2 * mebibyte, 13 * mebibyte))).toBe(0);
  expect(asked).toEqual([
    [3 * mebibyte, 5 * mebibyte],
    [12 * mebibyte, 13 * mebibyte],
  ]);
});

it("waits for a range in flight instead of asking again, also when keeping ends before it comes", async () => {
  let come: (bytes: Uint8Array) => void = () => undefined;
  const asked = open(() => new Promise<Uint8Array>((resolve) => (come = resolve)));
  const first = kept.read(object, 0, 1000);
  kept.keep(false);
  const second = kept.read(object, 10, 20);
  come(bytes.slice(0, 1000));
  expect(await second).toEqual(bytes.slice(10, 20));
  expect(await first).toEqual(bytes.slice(0, 1000));
  expect(asked).toEqual([[0, 1000]]);
});

it("asks again for a range that failed, and tells the failure to its first reader alone", async () => {
  const fault = new Error("broken");
  const asked = open((start, end) =>
    asked.length === 1 ? Promise.reject(fault) : Promise.resolve(bytes.slice(start, end)),
  );
  const first = kept.read(object, 0, 1000);
  const second = kept.read(object, 0, 1000);
  await expect(first).rejects.toBe(fault);
  expect(await second).toEqual(bytes.slice(0, 1000));
});

it("keeps ranges of other versions apart", async () => {
  const asked = open();
  await kept.read(object, 0, 10);
  await kept.read({ ...object, etag: '"2"' }, 0, 10);
  expect(asked).toHaveLength(2);
});
