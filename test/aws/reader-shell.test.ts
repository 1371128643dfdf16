import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatAssignments, formatRemoval, readerShellOf } from "../../src/aws/reader-shell.js";
import type { ReaderShell } from "../../src/aws/reader-shell.js";
import { startEmulator } from "../../src/emulator/start-emulator.js";
import type { Emulator } from "../../src/emulator/start-emulator.js";
import { programWords, startCli } from "../support/run-cli.js";
import { runProgram } from "../support/run-program.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const machine = String.raw`C:\Program Files\WindowsPowerShell\Modules;C:\Windows\system32\WindowsPowerShell\v1.0\Modules`;
const home = String.raw`C:\Users\zoe`;

describe("readerShellOf", () => {
  test.each<[string, NodeJS.Platform, Readonly<Record<string, string>>, ReaderShell]>([
    ["bash", "linux", { _: "/usr/bin/node" }, "posix"],
    ["an environment with nothing in it", "darwin", {}, "posix"],
    ["PowerShell on Linux", "linux", { PSModulePath: "/root/.local/share/powershell/Modules" }, "powershell"],
    ["PowerShell that bash started", "linux", { PSModulePath: "/x", _: "/usr/bin/pwsh" }, "powershell"],
    ["bash that PowerShell started", "linux", { PSModulePath: "/x", _: "/usr/bin/node" }, "posix"],
    ["bash that PowerShell started, standalone", "linux", { PSModulePath: "/x", _: "./rolesanywhere-ts" }, "posix"],
    ["cmd", "win32", { PSMODULEPATH: machine, USERPROFILE: home }, "cmd"],
    ["a service", "win32", {}, "cmd"],
    [
      "Windows PowerShell",
      "win32",
      { PSModulePath: String.raw`${home}\Dokumente\WindowsPowerShell\Modules;${machine}`, USERPROFILE: home },
      "powershell",
    ],
    [
      "PowerShell 7",
      "win32",
      { PSModulePath: String.raw`${machine};c:\program files\powershell\7\Modules` },
      "powershell",
    ],
    ["Git Bash", "win32", { PSModulePath: machine, MSYSTEM: "MINGW64" }, "posix"],
  ])("knows %s", (_, platform, variables, shell) => {
    expect(readerShellOf({ platform, variables })).toBe(shell);
  });
});

describe("formatAssignments", () => {
  test.each<[ReaderShell, string]>([
    ["posix", "export A=/plain/path\nexport B='it'\\''s'\n"],
    ["powershell", "$env:A = '/plain/path';\n$env:B = 'it''s';\n"],
    ["cmd", 'set "A=/plain/path"\r\nset "B=it\'s"\r\n'],
  ])("writes statements of %s", (shell, text) => {
    expect(formatAssignments({ A: "/plain/path", B: "it's" }, shell)).toBe(text);
  });
});

describe("formatRemoval", () => {
  test("writes one line of cmd", () => {
    expect(formatRemoval(["A", "B"], "cmd")).toBe('set "A=" & set "B="');
  });

  test.each([
    ["posix", ["dash", "-euc"], "$A$B-", "-"],
    ["powershell", ["pwsh", "-NoProfile", "-Command"], '"$env:A$env:B-"', "-"],
  ] as const)("removes what is set, and takes what is not, in %s", async (shell, [program, ...words], show, says) => {
    if (!requireTools(`removal of variables in ${shell}`, program)) return;
    const print = shell === "posix" ? `set +u; echo "${show}"` : show;
    const script = `${formatRemoval(["A", "B"], shell)}; ${print}`;
    const { stdout, stderr } = await runProgram(program, [...words, script], { env: { A: "x" } });
    expect({ stdout: stdout.trim(), stderr }).toEqual({ stdout: says, stderr: "" });
  });
});

function descendantsOf(pid: number | undefined): readonly number[] {
  if (pid === undefined) return [];
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap(
    (id) => readFileSync(`/proc/${pid}/task/${id}/children`, "utf8").match(/\d+/g) ?? [],
  );
  return children.map(Number).flatMap((child) => [child, ...descendantsOf(child)]);
}

describe("the emulator's files", () => {
  let emulator: Emulator;
  let folder: string;
  beforeAll(async () => {
    folder = join(createScratch(), "it's here");
    emulator = await startEmulator({ folder });
  });
  afterAll(() => emulator.stop());

  test("set the variables in each shell, and go when it stops", async () => {
    expect(readFileSync(join(folder, "env.cmd"), "utf8")).toContain(`@set "AWS_ENDPOINT_URL_STS=${emulator.url}"\r\n`);
    const other = await startEmulator({ folder: createScratch() });
    await other.stop();
    for (const name of ["env.sh", "env.ps1", "env.cmd"]) expect(existsSync(join(other.folder, name))).toBe(false);
  });

  test.each<[string, (folder: string) => readonly string[]]>([
    ["sh", (path) => ["-c", '. "$1/env.sh" && printf %s "$AWS_CONFIG_FILE"', "sh", path]],
    [
      "pwsh",
      (path) => [
        "-NoProfile",
        "-Command",
        `. '${path.replaceAll("'", "''")}/env.ps1'; Write-Host -NoNewline $env:AWS_CONFIG_FILE`,
      ],
    ],
  ])("are read by %s", async (program, words) => {
    if (program === "pwsh" && !requireTools("env.ps1 of the emulator", "pwsh")) return;
    const { stdout, stderr } = await runProgram(program, words(folder));
    expect({ stdout, stderr }).toEqual({ stdout: join(folder, "config"), stderr: "" });
  });

  test("PowerShell that starts the emulator gets lines that it can run", async () => {
    if (process.platform !== "linux" || !requireTools("the emulator started by PowerShell", "pwsh")) return;
    const line = [...programWords(), "emulator", "--log", "none"].map((word) => `'${word}'`).join(" ");
    const cli = startCli([`& ${line}`], { runtime: ["pwsh", "-NoProfile"], executable: "-Command" });
    const [, url] = await cli.waitFor(/^\$env:AWS_ENDPOINT_URL_STS = '(http:\S+)';$/m);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    // PowerShell passes no signal on: the emulator itself is ended.
    for (const pid of descendantsOf(cli.child.pid)) process.kill(pid, "SIGTERM");
    await cli.ended;
  });
});
