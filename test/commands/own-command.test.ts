import { expect, it } from "vitest";
import { ownCommand } from "../../src/commands/line/own-command.js";

it.each([
  ["linux", "/usr/bin/rolesanywhere-ts", ["/usr/bin/rolesanywhere-ts"]],
  ["win32", "C:\\bin\\rolesanywhere-ts.cjs", ["node", "C:\\bin\\rolesanywhere-ts.cjs"]],
  ["win32", "C:\\bin\\rolesanywhere-ts.EXE", ["C:\\bin\\rolesanywhere-ts.EXE"]],
] as const)("on %s %s is started again by %j", (platform, executablePath, words) => {
  expect(ownCommand({ platform, executablePath })).toEqual(words);
});
