import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const script = readFileSync(fileURLToPath(new URL("../../.ci/run", import.meta.url)), "utf8");

it("every function of .ci/run is called", () => {
  const code = script.replaceAll(/^\s*#.*$/gm, "");
  const names = [...code.matchAll(/^([a-z_]+)\(\) \{/gm)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(10);
  const isCalled = (name: string) => new RegExp(`(?:^|[\\s;{&|(])${name}(?!\\(\\))(?=[\\s;]|$)`, "m").test(code);
  expect(names.filter((name) => !isCalled(name))).toEqual([]);
});
