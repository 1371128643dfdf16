import { describe, expect, it } from "vitest";
import { NetworkError } from "../../src/errors.js";
import { renderText } from "../../src/message.js";
import { callSts } from "../../src/vending/call-sts.js";

/** An error as the SDK throws it. */
const fault = (httpStatusCode: number | undefined, code: string, headers: Readonly<Record<string, string>> = {}) =>
  Object.assign(new Error(code), { name: code, $metadata: { httpStatusCode }, $response: { headers } });

async function call(error: Error, { overallMs = 30_000, signal }: { overallMs?: number; signal?: AbortSignal } = {}) {
  let sent = 0;
  const lines: string[] = [];
  const end: unknown = await callSts(
    { overallMs, signal, debug: (line) => void lines.push(renderText(line)) },
    async () => {
      sent++;
      throw error;
    },
  ).catch((found: unknown) => found);
  return { end, sent, lines };
}

const soon = { "x-amz-retry-after": "1" };

describe("a call of STS", () => {
  it.each([
    ["a connection that is refused", new NetworkError("ERR_CONNECTION", "refused"), 3],
    ["silence", new NetworkError("ERR_TIMEOUT", "silence"), 3],
    ["a certificate that is not trusted", new NetworkError("ERR_TLS", "unknown issuer"), 1],
    ["a server error", fault(503, "ServiceUnavailable", soon), 3],
    ["throttling", fault(400, "Throttling", soon), 3],
    ["throttling by STS's own code", Object.assign(fault(400, "Odd", soon), { Code: "Throttling" }), 3],
    ["a refusal", fault(403, "AccessDenied"), 1],
    ["an answer without a status", fault(undefined, "SyntaxError"), 1],
  ])("is made, after %s, so many times: %#", async (_, error, times) => {
    expect(await call(error)).toMatchObject({ end: error, sent: times });
  });

  it.each([5, 6, 7, 8, 9])("is made once more when the clock is %i minutes off", async (minutes) => {
    const date = new Date(Date.now() + minutes * 60_000 + 500).toUTCString();
    expect((await call(fault(403, "SignatureDoesNotMatch", { date }))).sent).toBe(2);
    const behind = new Date(Date.now() - minutes * 60_000).toUTCString();
    expect((await call(fault(400, "RequestExpired", { date: behind }))).sent).toBe(2);
    expect((await call(fault(403, "AccessDenied", { date: new Date().toUTCString() }))).sent).toBe(1);
  });

  it("gives what is answered", async () => {
    expect(await callSts({ overallMs: 1_000, debug: () => undefined }, async () => "answer")).toBe("answer");
  });

  it("makes no further attempt that would not fit into the time", async () => {
    const late = fault(503, "ServiceUnavailable", { "x-amz-retry-after": "5000" });
    expect(await call(late, { overallMs: 1_000 })).toMatchObject({ end: late, sent: 1 });
  });

  it("makes no further attempt once it is ended", async () => {
    const error = new NetworkError("ERR_CONNECTION", "refused");
    expect(await call(error, { signal: AbortSignal.abort() })).toMatchObject({ end: error, sent: 1 });
  });
});
