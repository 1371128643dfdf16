import { describe, expect, it } from "vitest";
import {
  completedShells,
  completeInZsh,
  completeNames,
  hostileNames,
  runFormat,
  type CompletedShell,
  type NameKind,
} from "../../support/hostile-names.js";
import { requireTools } from "../../support/tools.js";

/** `hostile-names.long.ts` asks for many more. */
const count = Number(process.env["ROLESANYWHERE_TS_HOSTILE_NAMES"] ?? "120");
const tools = { bash: "bash", fish: "fish", powershell: "pwsh" } as const;
const timeoutMs = 60_000 + count * 60;

describe.each(completedShells)("%s, for names with any characters", (shell) => {
  const present = requireTools(`hostile names in ${shell}`, tools[shell]);

  it.skipIf(!present)(
    "inserts the name of a profile as one word with that value",
    () => expectSame(shell, "profile", hostileNames(count)),
    timeoutMs,
  );

  it.skipIf(!present)(
    "sets variables to these values by the statements of credentials",
    () => {
      // No form carries control characters.
      const tokens = hostileNames(count).filter((name) => !/\p{Cc}/u.test(name));
      expect(runFormat(shell, tokens)).toEqual(tokens);
    },
    timeoutMs,
  );
});

describe.each(["bash", "powershell"] as const)("%s, for names with any characters", (shell) => {
  it.skipIf(!requireTools(`hostile names in ${shell}`, tools[shell])).each(["'", '"'] as const)(
    "inserts the name of a profile after %s as one word with that value",
    (mark) => expectSame(shell, "profile", hostileNames(count), mark),
    timeoutMs,
  );
});

// Readline quotes the names of files for bash, which completion.test.ts types.
describe.each(["fish", "powershell"] as const)("%s, for file names with any characters", (shell) => {
  it.skipIf(!requireTools(`hostile names in ${shell}`, tools[shell]))(
    "inserts one as one word with that value",
    // fish lists one name a line, so that no listing of its shows a line end.
    () => expectSame(shell, "file", hostileNames(count, shell === "powershell")),
    timeoutMs,
  );
});

function expectSame(shell: CompletedShell, kind: NameKind, names: readonly string[], mark?: "'" | '"'): void {
  expect([...completeNames(shell, kind, names, mark)].sort()).toEqual([...names].sort());
}

describe("zsh, for names with any characters", () => {
  it.skipIf(!requireTools("hostile names in zsh", "zsh", "python3"))(
    "inserts the name of a profile as one word with that value",
    async () => {
      const names = hostileNames(Math.min(count, 200));
      expect(await completeInZsh(names)).toEqual(names);
    },
    timeoutMs,
  );
});
