import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "./fault.js";
import type { Page } from "./page.js";

/** Finds scripts and files of this project that a page names but that do not exist. */
export function findProjectFaults(root: string, { path, text }: Page): readonly Fault[] {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return text.split("\n").flatMap((line, index) => {
    const fault = (message: string): Fault => ({ path, line: index + 1, message });
    const missing = (pattern: RegExp, isThere: (name: string) => boolean, what: string) =>
      [...line.matchAll(pattern)]
        .map(([, name = ""]) => name)
        .filter((name) => !isThere(name))
        .map((name) => fault(`there is no ${what} ${name}`));
    return [
      ...missing(/\bnpm run ([a-z][\w:-]*)/g, (name) => Object.hasOwn(scripts, name), "npm script"),
      ...missing(
        /(?<=[\s`(])((?:bench|scripts|src|test|examples)\/[\w./-]*\w)/g,
        (name) => existsSync(join(root, name)),
        "file",
      ),
    ];
  });
}
