import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { issueCertificate } from "../../src/emulator/certificate/authority.js";
import { createFaultQueue, faultNames, parseFault, readFaults } from "../../src/emulator/faults/inject.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { sessionArns } from "../support/emulator-flags.js";
import { keyOf } from "../support/pki.js";
import { send, sendCreateSession } from "../support/x509-signer.js";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.clearFaults();
  emulator.clearRequests();
});

function create(date = new Date()) {
  return sendCreateSession({
    url: emulator.url,
    leaf: issueCertificate(keyOf("ec-p256"), {}, emulator.root),
    body: sessionArns(emulator),
    date,
  });
}

async function control(method: string, path: string, body?: unknown) {
  const text = body === undefined ? "" : JSON.stringify(body);
  return send(emulator.url, { method, path: `/_emulator/${path}`, body: text });
}

describe("a fault's text", () => {
  it("gives operation, kind, value and count", () => {
    expect(parseFault("CreateSession:throttling=429*2")).toEqual({
      kind: "error",
      statusCode: 429,
      code: "ThrottlingException",
      message: "Rate exceeded",
      operation: "CreateSession",
      times: 2,
    });
    expect(parseFault("error=403:AccessDeniedException:no, you may not: ever")).toEqual({
      kind: "error",
      statusCode: 403,
      code: "AccessDeniedException",
      message: "no, you may not: ever",
    });
    expect(parseFault("latency=250")).toEqual({ kind: "latency", milliseconds: 250 });
    expect(parseFault("body=<html>\n*3*2")).toEqual({ kind: "body", text: "<html>\n*3", times: 2 });
  });

  it("has a default value for each kind", () => {
    for (const name of faultNames) expect(parseFault(name)).toHaveProperty("kind");
  });

  it("is refused with the syntax when it is none", () => {
    for (const text of ["", "latencies", "latency=x", "*2", "a:latency"])
      expect(() => parseFault(text)).toThrow(/expected/);
    const outcome = (text: string) => {
      try {
        return parseFault(text).kind;
      } catch (error) {
        return (error as Error).message;
      }
    };
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(outcome(text)).toMatch(/expected|^(drop|truncate|latency|error|clock|omit|status|body|slow-body)$/);
      }),
    );
    expect(() => readFaults([{ kind: "nothing" }])).toThrow(/expected an object with a "kind"/);
  });

  it("counts down for its own operation only", () => {
    const queue = createFaultQueue([
      parseFault("AssumeRole:drop*2"),
      parseFault("error=503*1"),
      parseFault("error=500"),
    ]);
    expect(queue.take("CreateSession").error?.statusCode).toBe(503);
    expect(queue.take("CreateSession")).toMatchObject({ error: { statusCode: 500 } });
    expect(queue.take("AssumeRole").drop).toBeDefined();
    expect(queue.take("AssumeRole").drop).toBeDefined();
    expect(queue.take("AssumeRole").drop).toBeUndefined();
  });
});

describe("a fault", () => {
  it.each([400, 429, 503])("throttles with HTTP %d", async (statusCode) => {
    emulator.addFaults({ ...parseFault(`throttling=${statusCode}*1`) });
    const { statusCode: status, headers, json } = await create();
    expect([status, headers["x-amzn-errortype"], json.message]).toEqual([
      statusCode,
      "ThrottlingException",
      "Rate exceeded",
    ]);
    expect((await create()).statusCode).toBe(201);
    expect(emulator.requests()[0]).toMatchObject({
      verdict: "refused",
      faults: ["error"],
      reason: "a fault was asked for",
    });
  });

  it("fails with a 503 that has retryAfterSeconds in its body, as the service's model says", async () => {
    const code = "ServiceUnavailableException";
    emulator.addFaults({ kind: "error", statusCode: 503, code, retryAfterSeconds: 7, times: 1 });
    const { statusCode, headers, json } = await create();
    expect([statusCode, headers["retry-after"]]).toEqual([503, undefined]);
    expect(json).toEqual({ message: code, retryAfterSeconds: 7 });
  });

  it("fails with another error and Retry-After", async () => {
    emulator.addFaults({ kind: "error", statusCode: 429, code: "ThrottlingException", retryAfterSeconds: 7, times: 1 });
    const { statusCode, headers } = await create();
    expect([statusCode, headers["retry-after"]]).toEqual([429, "7"]);
  });

  it("delays the answer", async () => {
    emulator.addFaults({ kind: "latency", milliseconds: 120, times: 1 });
    const started = performance.now();
    expect((await create()).statusCode).toBe(201);
    expect(performance.now() - started).toBeGreaterThan(100);
  });

  it("drops the connection before or within the answer", async () => {
    emulator.addFaults({ kind: "drop", times: 1 });
    await expect(create()).rejects.toThrow(/socket hang up|aborted|ECONNRESET/);
    expect(emulator.requests().at(-1)?.verdict).toBe("dropped");
    emulator.addFaults({ kind: "truncate", times: 1 });
    await expect(create()).rejects.toThrow(/socket hang up|aborted|ECONNRESET/);
    expect((await create()).statusCode).toBe(201);
  });

  it("sends the body slowly, and whole", async () => {
    emulator.addFaults({ kind: "slow-body", milliseconds: 100, times: 1 });
    const { json } = await create();
    expect(json.credentialSet[0].credentials.sessionToken.length).toBeGreaterThan(44);
    expect(json.subjectArn).toBeDefined();
  });

  it("sets the clock off, in the Date header and in what is refused", async () => {
    emulator.addFaults({ kind: "clock", seconds: 3_600, times: 2 });
    const { statusCode, headers, json } = await create();
    expect(statusCode).toBe(403);
    expect(json.message).toContain("Signature expired");
    const serverTime = Date.parse(headers.date ?? "");
    expect(Math.abs(serverTime - Date.now() - 3_600_000)).toBeLessThan(10_000);
    expect((await create(new Date(serverTime))).statusCode).toBe(201);
  });

  it("leaves members out, changes the status and spoils the body", async () => {
    emulator.addFaults({ kind: "omit", member: "credentialSet.0.credentials.sessionToken", times: 1 });
    expect(Object.keys((await create()).json.credentialSet[0].credentials)).toEqual([
      "accessKeyId",
      "secretAccessKey",
      "expiration",
    ]);
    emulator.addFaults({ kind: "omit", member: "credentialSet", times: 1 });
    expect(Object.keys((await create()).json)).toEqual(["subjectArn"]);
    emulator.addFaults({ kind: "status", statusCode: 200, times: 1 }, { kind: "body", text: "<html>", times: 1 });
    expect(await create()).toMatchObject({ statusCode: 200, text: "<html>" });
  });
});

describe("the control endpoint", () => {
  it("adds, lists and clears faults", async () => {
    const added = await control("POST", "faults", [{ kind: "drop", times: 1 }, "error=500"]);
    expect(added.json.faults).toHaveLength(2);
    expect((await control("GET", "faults")).json).toEqual(added.json);
    expect((await control("DELETE", "faults")).json).toEqual({ faults: [] });
    expect((await control("POST", "faults", ["nonsense"])).statusCode).toBe(400);
    expect((await control("POST", "faults")).statusCode).toBe(400);
  });

  it("counts requests by operation and forgets them when told", async () => {
    await create();
    await create();
    const { json } = await control("GET", "requests");
    expect(json.counts).toEqual({ CreateSession: 2 });
    expect(json.requests[0]).toMatchObject({ operation: "CreateSession", statusCode: 201, verdict: "accepted" });
    expect((await control("DELETE", "requests")).json.counts).toEqual({});
    expect(emulator.count("CreateSession")).toBe(0);
  });

  it("reads and replaces the state", async () => {
    const before = emulator.state();
    const disabled = before.profiles.map((profile) => ({ ...profile, enabled: false }));
    expect((await control("PUT", "state", { ...before, profiles: disabled })).statusCode).toBe(200);
    expect((await create()).json.message).toBe("Profile is disabled");
    await control("PUT", "state", before);
    expect((await create()).statusCode).toBe(201);
  });

  it("names what there is when it is asked for something else", async () => {
    const { statusCode, json } = await control("GET", "nothing");
    expect(statusCode).toBe(404);
    expect(json.message).toContain("POST faults");
  });
});

it("answers every request, whatever its shape, without an internal failure", async () => {
  const shapes = fc.record({
    method: fc.constantFrom("POST", "GET", "PUT"),
    path: fc.constantFrom("/sessions", "/sessions?a=%zz", "/?Action=AssumeRole", "//", "/x?%", "/sessions?roleArn"),
    header: fc.stringMatching(/^[ -~]{0,40}$/).map((text) => text.trim()),
    body: fc.oneof(fc.json(), fc.string(), fc.constant("Action=GetCallerIdentity&Version=2011-06-15&%=%")),
  });
  await fc.assert(
    fc.asyncProperty(shapes, async ({ method, path, header, body }) => {
      const headers = { authorization: `AWS4-X509-RSA-SHA256 ${header}`, "x-amz-x509": header };
      const { statusCode } = await send(emulator.url, { method, path, headers, body: method === "GET" ? "" : body });
      expect(statusCode).toBeGreaterThanOrEqual(400);
      expect(statusCode).toBeLessThan(500);
    }),
    { numRuns: 150 },
  );
});
