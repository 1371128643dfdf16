import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { OptionSpec } from "../../src/commands/line/arguments.js";
import { registry } from "../../src/commands/registry.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
let page = "";

beforeAll(() => {
  page = join(createScratch("manual"), "rolesanywhere-ts.1");
  execFileSync(process.execPath, ["scripts/run-typescript.mjs", "scripts/manual-page.ts", page], { cwd: root });
});

describe("the manual page", () => {
  it("has the sections that readers look for", () => {
    const sections = [...readFileSync(page, "utf8").matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
    const expected = ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES"];
    expect(sections).toEqual(expect.arrayContaining([...expected, "SEE ALSO"]));
  });

  it("does not depend on date, time zone and locale", () => {
    const again = join(createScratch("manual"), "again.1");
    execFileSync(process.execPath, ["scripts/run-typescript.mjs", "scripts/manual-page.ts", again], {
      cwd: root,
      env: { ...process.env, TZ: "Pacific/Kiritimati", LC_ALL: "de_DE.UTF-8" },
    });
    expect(readFileSync(again, "utf8")).toBe(readFileSync(page, "utf8"));
  });

  it("is installed where man finds it by a global installation", async () => {
    const { name, version, bin, man } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly name: string;
      readonly version: string;
      readonly bin: Readonly<Record<string, string>>;
      readonly man: readonly string[];
    };
    const folder = createScratch("package");
    mkdirSync(join(folder, "dist", "bin"), { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version, bin, man }));
    writeFileSync(join(folder, Object.values(bin)[0] ?? ""), "#!/usr/bin/env node\n");
    copyFileSync(page, join(folder, man[0] ?? ""));
    const prefix = createScratch("prefix");
    const flags = ["--prefix", prefix, "--offline", "--no-audit", "--no-fund", "--silent"];
    const env = { npm_config_cache: createScratch("npm-cache"), npm_config_userconfig: "/dev/null" };
    expect(await runProgram("npm", ["install", "--global", ...flags, folder], { env })).toMatchObject({ status: 0 });
    expect(readFileSync(join(prefix, "share/man/man1/rolesanywhere-ts.1"), "utf8")).toBe(readFileSync(page, "utf8"));
  });

  it.skipIf(!requireTools("the manual page's macros", "mandoc"))("is clean for mandoc, but for the date", async () => {
    const { stdout } = await runProgram("mandoc", ["-T", "lint", page]);
    expect(stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date"))).toEqual([]);
  });

  it.skipIf(!requireTools("the manual page as man shows it", "man"))(
    "shows every command, flag and exit status in 80 columns, without a warning",
    async () => {
      const shown = await runProgram("man", ["--warnings", "-l", page], {
        env: { MANWIDTH: "80", LC_ALL: "C.UTF-8", MAN_KEEP_FORMATTING: undefined },
      });
      expect(shown.stderr).toBe("");
      const text = shown.stdout.replaceAll(/.\u0008/g, "");
      expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
      for (const [name, { load }] of Object.entries(registry)) {
        expect(text).toMatch(new RegExp(`^ {7}${name}$|^ {7}${name} +[A-Z]`, "m"));
        const flags = Object.entries((await load()).options as Record<string, OptionSpec>);
        const absent = flags.filter(([flag, { hidden }]) => hidden !== true && !text.includes(`--${flag}`));
        expect(absent).toEqual([]);
      }
      for (const status of [0, 1, 2, 3, 4, 70]) expect(text).toMatch(new RegExp(`^ {7}${status} +[A-Z]`, "m"));
    },
  );
});
