import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, FrameReader } from "../../../src/identity/spiffe/frames.js";
import { lastOf, ProtobufError, readFields, textOf, writeText } from "../../../src/identity/spiffe/protobuf.js";
import { chooseSvid, decodeSvids } from "../../../src/identity/spiffe/svid.js";

/** Where a message is damaged, or nothing. */
const place = /^$|^[\w ]+ \d+( at offset \d+)?( bytes at offset \d+)?$|ends (in|after)/;

function faultOf(decode: () => unknown): string {
  try {
    decode();
    return "";
  } catch (error) {
    if (error instanceof ProtobufError) return error.message;
    throw error;
  }
}

const bytes = fc.uint8Array({ maxLength: 300 });

describe("a message of Protocol Buffers", () => {
  it("gives back the strings that it was written with, the last of a number", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 29 - 1 }), fc.string({ unit: "grapheme" }))),
        (pairs) => {
          const fields = readFields(Buffer.concat(pairs.map(([number, text]) => writeText(number, text))));
          expect(fields.map(({ number, bytes: value }) => [number, textOf(value)])).toEqual(pairs);
          for (const [number, text] of new Map(pairs)) expect(textOf(lastOf(fields, number))).toBe(text);
        },
      ),
    );
  });

  it("of any bytes is read, or refused with a place and no content", () => {
    fc.assert(
      fc.property(bytes, (message) => {
        expect(faultOf(() => decodeSvids(message))).toMatch(place);
      }),
      { numRuns: 2_000 },
    );
  });

  it("passes over fields of every kind that it does not know", () => {
    const unknown = [
      [0x38, 0x96, 0x01],
      [0x41, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x4d, 1, 2, 3, 4],
    ].map((field) => Uint8Array.from(field));
    const svid = Buffer.concat([writeText(1, "spiffe://a/b"), ...unknown, writeText(5, "h")]);
    const response = Buffer.concat([...unknown, Uint8Array.of(0x0a, svid.length), svid]);
    expect(decodeSvids(response)).toMatchObject([{ spiffeId: "spiffe://a/b", hint: "h" }]);
    expect(() => readFields(Uint8Array.of(0x0b))).toThrow(/wire type 3/);
    expect(() => readFields(Uint8Array.of(0x02, 0))).toThrow(/field number 0/);
    expect(() => readFields(new Uint8Array(11).fill(0xff))).toThrow(/more than 10 bytes/);
  });
});

describe("messages in frames", () => {
  it("are whole, whatever the pieces are that they come in", () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), fc.array(fc.nat(40)), (messages, sizes) => {
        const stream = Buffer.concat(messages.map(frame));
        const reader = new FrameReader();
        const received: Uint8Array[] = [];
        let offset = 0;
        for (const size of sizes) {
          received.push(...reader.push(stream.subarray(offset, offset + size)));
          offset = Math.min(stream.length, offset + size);
        }
        received.push(...reader.push(stream.subarray(offset)));
        expect(received.map((message) => Buffer.from(message))).toEqual(
          messages.map((message) => Buffer.from(message)),
        );
      }),
    );
  });
});

it("an agent that offers nothing gives no identity", () => {
  const request = {
    endpoint: { kind: "unix", path: "/a" },
    address: "unix:///a",
    spiffeId: undefined,
    hint: undefined,
    name: "it",
  } as const;
  expect(() => chooseSvid([], request)).toThrow(expect.objectContaining({ code: "ERR_SPIFFE_IDENTITY" }));
});
