import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { ObjectStore, RangeRequest } from "../../../src/readers/s3/object-store.js";
import { createPersistentStore } from "../../../src/readers/s3/persistent-store.js";

const data = Buffer.from("0123456789");

/** A store whose first answers break after three bytes, and which changes the object after so many answers. */
function storeOf({
  breaks,
  changesAfter = Infinity,
  careless = true,
}: {
  breaks: number;
  changesAfter?: number;
  careless?: boolean;
}) {
  const asked: RangeRequest[] = [];
  const store: ObjectStore = {
    listPage: async () => ({ objects: [], next: undefined }),
    async getRange(request) {
      asked.push(request);
      const etag = asked.length > changesAfter ? '"second"' : '"first"';
      if (!careless && request.ifMatch !== undefined && request.ifMatch !== etag)
        throw Object.assign(new Error("PreconditionFailed"), {
          name: "PreconditionFailed",
          $metadata: { httpStatusCode: 412 },
        });
      const bytes = data.subarray(request.start, request.end);
      const broken = asked.length <= breaks;
      const body = Readable.from(
        (async function* () {
          yield broken ? bytes.subarray(0, 3) : bytes;
          if (broken) throw Object.assign(new Error("cut"), { code: "ECONNRESET" });
        })(),
        { objectMode: false },
      );
      return { size: data.length, etag, lastModified: undefined, body, cancel: () => void body.destroy() };
    },
  };
  const persistence = { stallMs: 5_000, random: () => 0 };
  const tally = { requests: 0, retries: 0, bytesReceived: 0 };
  return { asked, tally, persistent: createPersistentStore(store, persistence, tally, new AbortController().signal) };
}

const place = { bucket: "b", key: "k" };

describe("an object of unknown version whose first answer broke", () => {
  it("is asked for from where it broke, of the version that the first bytes are of", async () => {
    const { asked, persistent, tally } = storeOf({ breaks: 2 });
    const { head, etag } = await persistent.open(place, 10);
    expect([Buffer.from(head).toString(), etag]).toEqual([data.toString(), '"first"']);
    expect(asked.map(({ start, ifMatch }) => [start, ifMatch])).toEqual([
      [0, undefined],
      [3, '"first"'],
      [6, '"first"'],
    ]);
    expect(tally).toMatchObject({ requests: 3, retries: 2, bytesReceived: 10 });
  });

  it.each([true, false])(
    "is never put together of two versions, though the server ignores If-Match: %s",
    async (careless) => {
      const { asked, persistent } = storeOf({ breaks: 1, changesAfter: 1, careless });
      await expect(persistent.open(place, 10)).rejects.toThrow(/changed while/);
      expect(asked.length).toBe(2);
    },
  );
});

describe("a range of a known version", () => {
  const object = { ...place, size: 10, etag: '"first"', lastModified: new Date(0) };

  it("is asked for by that version alone", async () => {
    const { asked, persistent } = storeOf({ breaks: 1 });
    expect(Buffer.from(await persistent.read(object, 2, 9)).toString()).toBe("2345678");
    expect(asked.map(({ start, end, ifMatch }) => [start, end, ifMatch])).toEqual([
      [2, 9, '"first"'],
      [5, 9, '"first"'],
    ]);
  });

  it("is refused in another version", async () => {
    await expect(storeOf({ breaks: 0, changesAfter: 0 }).persistent.read(object, 0, 5)).rejects.toThrow(
      /changed while/,
    );
  });
});
