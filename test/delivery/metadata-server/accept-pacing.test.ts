import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { AcceptPacing } from "../../../src/delivery/metadata-server/accept-pacing.js";

describe("AcceptPacing", () => {
  test("answers at once while nobody waits to be let in", () => {
    const pacing = new AcceptPacing();
    const done: string[] = [];
    pacing.run(() => done.push("answer"));
    expect(done).toEqual(["answer"]);
  });

  test("holds answers back while connections arrive, in order, and lets them go once none does", async () => {
    const pacing = new AcceptPacing();
    const done: number[] = [];
    pacing.connected();
    pacing.run(() => done.push(1));
    await turn();
    pacing.connected();
    pacing.run(() => done.push(2));
    expect(done).toEqual([]);
    for (let index = 0; index < 4; index++) await turn();
    expect(done).toEqual([1, 2]);
    pacing.run(() => done.push(3));
    expect(done).toEqual([1, 2, 3]);
  });

  test("lets answers go even while connections never cease to arrive", async () => {
    const pacing = new AcceptPacing();
    const answered = new Promise<string>((resolve) => {
      pacing.connected();
      pacing.run(() => resolve("answered"));
    });
    const arriving = setInterval(() => pacing.connected(), 0);
    expect(await answered).toBe("answered");
    clearInterval(arriving);
  });
});
