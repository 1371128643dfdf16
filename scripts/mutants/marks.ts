// Records which marks of `rewrite.ts` a test file passed.
import { writeFileSync } from "node:fs";
import { afterAll } from "vitest";

const file = process.env["ROLESANYWHERE_TS_MARKS"];
const seen = new Set<number>();
Object.assign(globalThis, { reached: (number: number) => void seen.add(number) });
afterAll(() => {
  if (file !== undefined) writeFileSync(file, JSON.stringify([...seen]));
});
