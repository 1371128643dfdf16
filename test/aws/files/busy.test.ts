import { expect, test } from "vitest";
import { whileBusy } from "../../../src/aws/files/busy.js";

/** An action that fails so many times, and a clock that its pauses move. */
function failing(times: number, code: string, platform: NodeJS.Platform) {
  let nowMs = 0;
  let calls = 0;
  const run = () =>
    whileBusy(
      () => {
        calls++;
        if (calls <= times) throw Object.assign(new Error(code), { code });
        return "done";
      },
      { waitMs: 5_000, platform, elapsedMs: () => nowMs, sleep: (ms) => (nowMs += ms) },
    );
  return { run, calls: () => calls, nowMs: () => nowMs };
}

test.each(["EPERM", "EACCES", "EBUSY"])("goes on on Windows while a reader has the file open (%s)", (code) => {
  expect(failing(20, code, "win32").run()).toBe("done");
});

test("gives up after some seconds, with the system's error", () => {
  const attempt = failing(Infinity, "EBUSY", "win32");
  expect(attempt.run).toThrow("EBUSY");
  expect(attempt.nowMs()).toBe(5_000);
});

test.each([
  ["EBUSY", "linux"],
  ["ENOSPC", "win32"],
] as const)("takes %s on %s for what it is at once", (code, platform) => {
  const attempt = failing(1, code, platform);
  expect(attempt.run).toThrow(code);
  expect(attempt.calls()).toBe(1);
});
