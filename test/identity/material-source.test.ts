import { expect, it } from "vitest";
import { isSameSource, memorySource } from "../../src/identity/material-source.js";

const file = (path: string) => ({ kind: "file", path, label: path }) as const;

it("two sources are the same only where they lead to the same bytes", () => {
  expect(isSameSource(file("a.pem"), file("a.pem"))).toBe(true);
  expect(isSameSource(file("a.pem"), file("b.pem"))).toBe(false);
  expect(isSameSource(memorySource(Buffer.from("a")), memorySource(Buffer.from("a")))).toBe(true);
  expect(isSameSource(memorySource(Buffer.from("a")), memorySource(Buffer.from("b")))).toBe(false);
});
