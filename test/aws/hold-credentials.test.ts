import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { holdCredentials } from "../../src/aws/hold-credentials.js";

beforeEach(() => void vi.useFakeTimers({ now: 0, toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

test.each([
  ["an hour", 3600, 3300],
  ["five minutes", 300, 200],
  ["a minute", 60, 40],
])(
  "credentials that are made to last %s, %i s, are made again after %i s",
  async (_, lifeSeconds, askedAgainSeconds) => {
    let asked = 0;
    const hold = holdCredentials(
      async () => {
        asked++;
        const expiration = new Date(Date.now() + lifeSeconds * 1000);
        return { accessKeyId: "a", secretAccessKey: "s", sessionToken: "t", expiration };
      },
      undefined,
      true,
    );
    await hold();
    vi.setSystemTime(askedAgainSeconds * 1000 - 1);
    await hold();
    expect(asked).toBe(1);
    vi.setSystemTime(askedAgainSeconds * 1000);
    await hold();
    expect(asked).toBe(2);
  },
);
