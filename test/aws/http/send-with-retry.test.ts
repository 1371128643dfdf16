import { describe, expect, it } from "vitest";
import type { HttpRequest, HttpResponse } from "../../../src/aws/http/exchange.js";
import { sendWithRetry } from "../../../src/aws/http/send-with-retry.js";
import type { SendContext } from "../../../src/aws/http/send-with-retry.js";
import { NetworkError } from "../../../src/errors.js";
import { renderText } from "../../../src/message.js";

const start = Date.UTC(2026, 0, 1, 12);
const request: HttpRequest = {
  protocol: "https:",
  hostname: "rolesanywhere.us-east-1.amazonaws.com",
  port: 443,
  method: "POST",
  target: "/sessions",
  headers: [],
  body: "",
};
const answer = (statusCode: number, headers: Record<string, string> = {}, body = ""): HttpResponse => ({
  statusCode,
  headers,
  body,
});

/** Sends against answers and faults in turn, the last one again and again. */
async function run(outcomes: readonly (HttpResponse | Error)[], more: Partial<SendContext> = {}) {
  let nowMs = start;
  const signedAt: number[] = [];
  const waits: number[] = [];
  const lines: string[] = [];
  let sent = 0;
  const end = await sendWithRetry(
    async (now) => {
      signedAt.push(now.getTime() - start);
      return request;
    },
    {
      send: async () => {
        const outcome = outcomes[Math.min(sent++, outcomes.length - 1)];
        if (outcome === undefined || outcome instanceof Error) throw outcome ?? new Error("nothing to answer");
        return outcome;
      },
      now: () => new Date(nowMs),
      random: () => 0.5,
      sleep: async (ms) => {
        waits.push(ms);
        nowMs += ms;
      },
      debug: (line) => void lines.push(renderText(line)),
      overallMs: 50_000,
      ...more,
    },
  ).catch((error: unknown) => error);
  return { end, sent, signedAt, waits, lines };
}

describe("sending with repetitions", () => {
  it.each([
    [{}, '{"retryAfterSeconds":3}', 3_000],
    [{ "retry-after": "7" }, '{"retryAfterSeconds":3}', 7_000],
    [{}, '{"retryAfterSeconds":3600}', 20_000],
    [{}, '{"retryAfterSeconds":"3"}', 50],
    [{}, '{"retryAfterSeconds":-1}', 50],
  ])("waits as a 503 with %j and %s asks", async (headers, body, ms) => {
    expect((await run([answer(503, headers, body), answer(200)])).waits).toEqual([ms]);
  });

  it.each([
    ["ERR_CONNECTION", 3],
    ["ERR_TIMEOUT", 3],
    ["ERR_TLS", 1],
  ] as const)("makes, after a fault that is %s, %i attempts and ends with the fault", async (code, attempts) => {
    const fault = new NetworkError(code, "it failed");
    const { end, sent } = await run([fault]);
    expect(sent).toBe(attempts);
    expect(end).toBe(fault);
  });

  it("does not repeat what failed for another reason", async () => {
    const fault = new TypeError("a mistake of ours");
    expect(await run([fault])).toMatchObject({ end: fault, sent: 1 });
  });

  it.each([
    [200, {}, "", 1],
    [400, {}, "", 1],
    [403, {}, "", 1],
    [404, {}, "", 1],
    [500, {}, "", 3],
    [503, {}, "", 3],
    [408, {}, "", 3],
    [429, {}, "", 3],
    [400, { "x-amzn-errortype": "ThrottlingException" }, "", 3],
    [400, {}, '{"__type": "com.amazon#RequestTimeout"}', 3],
    [399, { "x-amzn-errortype": "ThrottlingException" }, "", 1],
  ])(
    "makes, after HTTP %i with %j and %s, %i attempts and returns the answer",
    async (status, headers, body, attempts) => {
      const { end, sent } = await run([answer(status, headers, body)]);
      expect(sent).toBe(attempts);
      expect(end).toMatchObject({ statusCode: status });
    },
  );

  it("returns the answer of the attempt that succeeds", async () => {
    const { end, sent } = await run([new NetworkError("ERR_CONNECTION", "cut"), answer(500), answer(200, {}, "yes")]);
    expect(sent).toBe(3);
    expect(end).toMatchObject({ statusCode: 200, body: "yes" });
  });

  it("waits as Retry-After says, and by chance otherwise", async () => {
    expect((await run([answer(503, { "retry-after": "7" })])).waits).toEqual([7_000, 7_000]);
    expect((await run([answer(503)])).waits).toEqual([50, 100]);
    expect((await run([answer(429)])).waits).toEqual([500, 1_000]);
  });

  it("signs each attempt at its own time", async () => {
    expect((await run([answer(503, { "retry-after": "7" })])).signedAt).toEqual([0, 7_000, 14_000]);
  });

  it.each([5, 6, 7, 8, 9])("signs a refused request once more when the clock is %i minutes off", async (minutes) => {
    for (const status of [400, 401, 403]) {
      for (const sign of [1, -1]) {
        const skewMs = sign * minutes * 60_000;
        const refusal = answer(status, { date: new Date(start + skewMs).toUTCString() });
        const { end, signedAt, waits } = await run([refusal, answer(200)]);
        expect(end).toMatchObject({ statusCode: 200 });
        expect(signedAt).toEqual([0, skewMs]);
        expect(waits).toEqual([]);
        expect(await run([refusal])).toMatchObject({ end: refusal, sent: 2 });
      }
    }
  });

  it("takes no other answer for a clock that is off", async () => {
    const date = new Date(start + 7 * 60_000).toUTCString();
    expect((await run([answer(404, { date })])).sent).toBe(1);
    expect((await run([answer(200, { date })])).sent).toBe(1);
    expect((await run([answer(403, { date: new Date(start + 60_000).toUTCString() })])).sent).toBe(1);
    expect((await run([answer(403)])).sent).toBe(1);
  });

  it("ends an attempt that takes more than the time for all", async () => {
    const { end, sent } = await run([], {
      overallMs: 20,
      now: () => new Date(),
      send: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    });
    expect(end).toMatchObject({ code: "ERR_TIMEOUT" });
    expect((end as Error).message).toContain("rolesanywhere.us-east-1.amazonaws.com:443");
    expect(sent).toBe(0);
  });

  it("throws the reason of the caller's signal, and makes no other attempt", async () => {
    const reason = new Error("the caller left");
    expect(await run([answer(200)], { signal: AbortSignal.abort(reason) })).toMatchObject({ end: reason, sent: 0 });
    const controller = new AbortController();
    let sent = 0;
    const { end } = await run([], {
      signal: controller.signal,
      send: async () => {
        sent++;
        controller.abort(reason);
        throw new NetworkError("ERR_CONNECTION", "cut");
      },
    });
    expect([end, sent]).toEqual([reason, 1]);
  });
});
