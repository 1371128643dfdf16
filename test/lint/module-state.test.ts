// What one run remembers lives in its context: two runs in one process, as in the library, must not share it.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sources = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => posix.join(folder, file.replaceAll("\\", "/")))
    .filter((file) => file.endsWith(ending));

/** The process's, not a run's: what is compiled or loaded once, and a door between a class and its module. */
const constant: ReadonlyMap<string, readonly string[]> = new Map([
  ["src/printable.ts", ["unprintable", "unprintableAnywhere"]],
  ["src/errors.ts", ["readTexts"]],
  ["src/readers/kernel/borrow.ts", ["compiled", "idle"]],
  // A library of PKCS#11 is initialised once for a process.
  ["src/identity/pkcs11/module.ts", ["open"]],
  // What the runtime keeps elsewhere: a process of the lean edition is one run.
  ["src/lean/connection.ts", ["early"]],
  ["src/lean/timers.ts", ["timers"]],
]);

it("no module keeps anything of a run", () => {
  const found = sources("src", ".ts").flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const names = text.matchAll(
      /^(?:export )?(?:let (\w+)|const (\w+)(?:: [^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet)(?:<.*>)?\(\)|\[\]|\{\});)/gm,
    );
    return [...names]
      .map(([, variable, container]) => variable ?? container ?? "")
      .filter((name) => constant.get(file)?.includes(name) !== true)
      .map((name) => `${file}: ${name}`);
  });
  expect(found).toEqual([]);
});

it("every file of aws/http and vending/cache is named by a test", () => {
  const tests = sources("test", ".ts").map((file) => readFileSync(join(root, file), "utf8"));
  const files = [...sources("src/aws/http", ".ts"), ...sources("src/vending/cache", ".ts")];
  const unnamed = files.filter((file) => !tests.some((text) => text.includes(`${file.slice(0, -3)}.js"`)));
  expect(unnamed).toEqual([]);
});
