import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPulledSink } from "../../../src/readers/output/pulled-sink.js";

const bytes = (text: string) => Buffer.from(text);

/** Lets everything run that waits for nothing from outside. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a sink that is pulled", () => {
  it("gives every write in order, one at a time, however the two sides are late", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string()), fc.infiniteStream(fc.boolean()), async (texts, pauses) => {
        const sink = createPulledSink();
        const write = async () => {
          for (const text of texts) {
            if (pauses.next().value) await settle();
            await sink.write(bytes(text));
          }
          sink.end();
        };
        const writing = write();
        const pieces: string[] = [];
        for await (const piece of sink.pieces()) {
          if (pauses.next().value) await settle();
          pieces.push(Buffer.from(piece).toString());
        }
        await writing;
        expect(pieces).toEqual(texts.filter((text) => text !== ""));
      }),
      { numRuns: 50 },
    );
  });

  it("is done with a write when the reader comes back for more", async () => {
    const sink = createPulledSink();
    let done = 0;
    const count = () => void done++;
    void sink.write(bytes("a")).then(count);
    await settle();
    const pieces = sink.pieces();
    await pieces.next();
    await settle();
    expect(done).toBe(0);
    const next = pieces.next();
    await settle();
    expect(done).toBe(1);
    sink.end();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("refuses the write that waits, and later ones, once it is closed", async () => {
    const sink = createPulledSink();
    const reason = new Error("enough");
    const waiting = sink.write(bytes("a"));
    sink.close(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(sink.write(bytes("b"))).rejects.toBe(reason);
    await expect(sink.write(bytes(""))).rejects.toBe(reason);
  });

  it("passes on why the writing failed, after what was written", async () => {
    const sink = createPulledSink();
    const fault = new Error("no luck");
    void sink.write(bytes("a")).then(() => sink.fail(fault));
    const pieces = sink.pieces();
    expect((await pieces.next()).value).toEqual(bytes("a"));
    await expect(pieces.next()).rejects.toBe(fault);
  });
});
