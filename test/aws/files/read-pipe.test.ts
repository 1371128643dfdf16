import { assert, integer, property } from "fast-check";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readNamedFile, readNamedText } from "../../../src/aws/files/read-named-file.js";
import { pipePatience, PipeReading } from "../../../src/aws/files/read-pipe.js";
import { createScratch } from "../../support/scratch.js";

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

describe.skipIf(process.platform === "win32")("a pipe", () => {
  function makePipe(): string {
    const path = join(createScratch("pipe"), "pipe");
    execFileSync("mkfifo", [path]);
    return path;
  }

  it("is read to its end, in pieces as they come", () => {
    const path = makePipe();
    // The writer is a process of its own, since the reader waits without letting this one run.
    const text = `printf one; sleep 0.2; head -c 200000 /dev/zero | tr '\\0' x; printf two`;
    spawn("sh", ["-c", `{ ${text}; } > "$1"`, "sh", path], { stdio: "ignore" });
    const read = readNamedFile(path).toString();
    expect([read.length, read.slice(0, 4), read.slice(-4)]).toEqual([200_006, "onex", "xtwo"]);
  });

  it("without a writer is at its end at once, or is waited for as long as is told", () => {
    const path = makePipe();
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      expect(new PipeReading(fd, { absenceMs: 0, maxBytes: 10 }).next()).toEqual(Buffer.alloc(0));
      const patient = new PipeReading(fd, { absenceMs: 60_000, maxBytes: 10 });
      expect(patient.next()).toBeUndefined();
      const hasty = new PipeReading(fd, { absenceMs: -1, maxBytes: 10 });
      expect(() => hasty.next()).toThrow(
        expect.objectContaining({ code: "it is a pipe that nothing is written to" }) as Error,
      );
    } finally {
      closeSync(fd);
    }
  });

  it("gives no more than is allowed", () => {
    const path = makePipe();
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      writeFileSync(path, "0123456789");
      const enough = new PipeReading(fd, { absenceMs: 0, maxBytes: 10 });
      expect(enough.next()).toBeUndefined();
      writeFileSync(path, "0");
      expect(() => enough.next()).toThrow("it gives more than 10 bytes");
    } finally {
      closeSync(fd);
    }
  });
});

describe("a named file", () => {
  it("is looked at before it is read", () => {
    const path = join(createScratch("named"), "file");
    writeFileSync(path, "text");
    const sizes: number[] = [];
    expect(readNamedFile(path, ({ size }) => void sizes.push(size)).toString()).toBe("text");
    expect(sizes).toEqual([4]);
    const refuse = () => {
      throw new Error("not this one");
    };
    expect(() => readNamedFile(path, refuse)).toThrow("not this one");
  });

  it("that is a device gives what it has", () => {
    expect(readNamedFile("/dev/null")).toEqual(Buffer.alloc(0));
  });

  it("that cannot be read is refused in the caller's words", () => {
    const refuse = (reason: string, cause: unknown) => new Error(`no: ${reason}`, { cause });
    expect(() => readNamedText("/nowhere", refuse)).toThrow("no: ENOENT");
  });
});
