import { chmodSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { NetworkError, ServiceError, UsageError } from "../../../src/errors.js";
import type { Entry } from "../../../src/vending/cache/entry.js";
import { isOutage, readFailureNote, writeFailureNote } from "../../../src/vending/cache/failure-note.js";
import { clearFolder, listSessions } from "../../../src/vending/cache/inspect.js";
import { readPrivateFile } from "../../../src/vending/cache/private-file.js";
import { createSlot } from "../../../src/vending/cache/session-slot.js";
import { boardFlight } from "../../../src/vending/cache/single-flight.js";
import type { FlightContext } from "../../../src/vending/cache/single-flight.js";
import { sweepFolder } from "../../../src/vending/cache/sweep.js";
import { keptSession } from "../../support/kept-session.js";
import { createScratch } from "../../support/scratch.js";

const key = "a".repeat(64);
const nowMs = Date.UTC(2026, 0, 1, 12);
let folder: string;
beforeEach(() => {
  folder = join(createScratch("flight"), "cache");
  mkdirSync(folder, { mode: 0o700 });
});
const slotOf = () => createSlot(folder, key, Buffer.from("secret"), () => undefined);

/** A process's own view: its clock runs only while it sleeps, and something may happen meanwhile. */
function processOf(happen: (slept: number) => void = () => undefined): FlightContext & { readonly pauses: number[] } {
  const pauses: number[] = [];
  let elapsed = 0;
  return {
    pauses,
    random: () => 0.5,
    sleep: async (ms) => {
      pauses.push(ms);
      elapsed += ms;
      happen(pauses.length);
    },
    debug: () => undefined,
    elapsedMs: () => elapsed,
  };
}
const any = () => true;

async function pilot() {
  const flight = await boardFlight(slotOf(), any, true, processOf());
  if (flight.kind !== "pilot") throw new Error(`it is ${flight.kind}`);
  return flight;
}

describe("of many processes without a session", () => {
  it("one asks, and the others take what it got", async () => {
    const first = await pilot();
    const other = processOf((slept) => {
      if (slept !== 3) return;
      slotOf().write(keptSession(nowMs, 0));
      first.end();
    });
    expect(await boardFlight(slotOf(), any, true, other)).toMatchObject({ kind: "landed" });
    expect(other.pauses).toEqual([15, 22.5, 33.75]);
    expect(await boardFlight(slotOf(), any, true, processOf())).toMatchObject({ kind: "landed" });
  });

  it("those that waited fail as the one that asked did, and later ones ask again", async () => {
    const first = await pilot();
    const refusal = new ServiceError("ERR_ACCESS_DENIED", "no", {
      service: "rolesanywhere",
      operation: "CreateSession",
      statusCode: 403,
      serviceCode: "AccessDeniedException",
      requestId: "r-1",
      hints: ["h"],
    });
    const waiting = boardFlight(
      slotOf(),
      any,
      true,
      processOf((slept) => void (slept === 1 && first.end(refusal))),
    );
    await expect(waiting).rejects.toMatchObject({
      code: "ERR_ACCESS_DENIED",
      statusCode: 403,
      requestId: "r-1",
      hints: ["h"],
    });
    const next = await pilot();
    next.end();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("one that has something to fall back on does not wait", async () => {
    const first = await pilot();
    const other = processOf();
    expect(await boardFlight(slotOf(), any, false, other)).toEqual({ kind: "leave" });
    expect(other.pauses).toEqual([]);
    first.end();
  });

  it("one that waited for 25 seconds asks for itself", async () => {
    const first = await pilot();
    // The holder is this living process, whose clock stands still for the test; its beat does not.
    const other = processOf(() => {
      const [name = ""] = readdirSync(join(folder, `${key}.lock`));
      const seconds = 1 + other.pauses.length;
      utimesSync(join(folder, `${key}.lock`, name), seconds, seconds);
    });
    expect(await boardFlight(slotOf(), any, true, other)).toEqual({ kind: "alone" });
    expect(other.elapsedMs()).toBeGreaterThan(25_000);
    expect(other.elapsedMs()).toBeLessThan(25_200);
    expect(Math.max(...other.pauses)).toBe(120);
    first.end();
  });

  it("each asks for itself where no lock can be had", async () => {
    folder = join(folder, "absent");
    expect(await boardFlight(slotOf(), any, true, processOf())).toEqual({ kind: "alone" });
  });

  it("what is kept but does not answer is no landing", async () => {
    slotOf().write(keptSession(nowMs, 0));
    expect((await boardFlight(slotOf(), () => false, true, processOf())).kind).toBe("pilot");
  });
});

describe("the note of a failure", () => {
  const path = () => join(folder, `${key}.failure`);
  it("is written for failures of AWS and the way there alone", () => {
    writeFailureNote(path(), "t", new UsageError("ERR_SETTING", "x"));
    expect(readFailureNote(path())).toBeUndefined();
    writeFailureNote(path(), "t", new NetworkError("ERR_TIMEOUT", "late", { hints: ["h"] }));
    expect(readFailureNote(path())).toMatchObject({
      token: "t",
      error: { code: "ERR_TIMEOUT", message: "late", hints: ["h"] },
    });
  });

  it.each([
    [500, "ERR_SERVICE", true],
    [499, "ERR_SERVICE", false],
    [400, "ERR_THROTTLED", true],
    [403, "ERR_ACCESS_DENIED", false],
  ] as const)("tells an outage from a refusal: HTTP %i, %s: %s", (statusCode, code, outage) => {
    const details = {
      service: "rolesanywhere",
      operation: "CreateSession",
      statusCode,
      serviceCode: "",
      requestId: undefined,
    } as const;
    expect(isOutage(new ServiceError(code, "x", details))).toBe(outage);
    expect(isOutage(new NetworkError("ERR_CONNECTION", "x"))).toBe(true);
    expect(isOutage(new Error("x"))).toBe(false);
  });
});

describe("the folder", () => {
  it("gives no file that others may read, that is a link, or that is too large", () => {
    const path = join(folder, "f");
    writeFileSync(path, "x".repeat(256 * 1024), { mode: 0o600 });
    expect(readPrivateFile(path)).toHaveLength(256 * 1024);
    writeFileSync(path, "x".repeat(256 * 1024 + 1));
    expect(() => readPrivateFile(path)).toThrow(/262145/);
    writeFileSync(path, "x");
    chmodSync(path, 0o640);
    expect(() => readPrivateFile(path)).toThrow(/640/);
    symlinkSync(path, join(folder, "link"));
    expect(() => readPrivateFile(join(folder, "link"))).toThrow(/ELOOP/);
    expect(() => readPrivateFile(folder)).toThrow(/./);
  });

  it("lists sessions in force, those that end first first, and clears its own files alone", () => {
    const keep = (letter: string, entry: Entry) =>
      createSlot(folder, letter.repeat(64), Buffer.from("s"), () => undefined).write(entry);
    keep("a", keptSession(nowMs, 10));
    keep("b", keptSession(nowMs, 20));
    keep("c", keptSession(nowMs, 61));
    writeFileSync(join(folder, "foreign"), "");
    const ends = listSessions(folder, nowMs).map(({ endMs }) => (endMs - nowMs) / 60_000);
    expect(ends).toEqual([40, 50]);
    expect(clearFolder(folder)).toMatchObject({ sessions: 3, left: [] });
    expect(readdirSync(folder)).toEqual(["foreign"]);
    expect(listSessions(join(folder, "absent"), nowMs)).toEqual([]);
  });

  it("is swept of what is older than a day, and of nothing else", () => {
    const place = (name: string, ageMs: number) => {
      writeFileSync(join(folder, name), "");
      utimesSync(join(folder, name), (nowMs - ageMs) / 1_000, (nowMs - ageMs) / 1_000);
    };
    const day = 24 * 3_600_000;
    place(`${"a".repeat(64)}.session`, day + 1_000);
    place(`${"b".repeat(64)}.session`, day - 1_000);
    place(`${"c".repeat(64)}.index`, day + 1_000);
    place("seal.key", 9 * day);
    place("foreign", 9 * day);
    sweepFolder(folder, nowMs);
    expect(readdirSync(folder)).toEqual([`${"b".repeat(64)}.session`, "foreign", "seal.key"]);
  });
});
