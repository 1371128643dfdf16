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

describe.each(completedShells)("%s, whatever names hold", (shell) => {
  const present = requireTools(`hostile names in ${shell}`, tools[shell]);

  it.skipIf(!present)(
    "inserts the name of a profile as one word that is that name",
    () => expectSame(shell, "profile", hostileNames(count)),
    timeoutMs,
  );

  it.skipIf(!present)(
    "sets a variable to what it holds, by the statements of credentials",
    () => {
      // No form carries control characters.
      const tokens = hostileNames(count).filter((name) => !/\p{Cc}/u.test(name));
      expect(runFormat(shell, tokens)).toEqual(tokens);
    },
    timeoutMs,
  );
});

describe.each(["bash", "powershell"] as const)("%s, whatever names hold", (shell) => {
  it.skipIf(!requireTools(`hostile names in ${shell}`, tools[shell])).each(["'", '"'] as const)(
    "inserts the name of a profile behind %s as one word that is that name",
    (mark) => expectSame(shell, "profile", hostileNames(count), mark),
    timeoutMs,
  );
});

// Readline quotes the names of files for bash, which completion.test.ts types.
describe.each(["fish", "powershell"] as const)("%s, whatever the names of files hold", (shell) => {
  it.skipIf(!requireTools(`hostile names in ${shell}`, tools[shell]))(
    "inserts one as one word that is that name",
    // fish lists one name a line, so that no listing of its shows a line end.
    () => expectSame(shell, "file", hostileNames(count, shell === "powershell")),
    timeoutMs,
  );
});

function expectSame(shell: CompletedShell, kind: NameKind, names: readonly string[], mark?: "'" | '"'): void {
  expect([...completeNames(shell, kind, names, mark)].sort()).toEqual([...names].sort());
}

describe("zsh, whatever names hold", () => {
  it.skipIf(!requireTools("hostile names in zsh", "zsh", "python3"))(
    "inserts the name of a profile as one word that is that name",
    async () => {
      const names = hostileNames(Math.min(count, 200));
      expect(await completeInZsh(names)).toEqual(names);
    },
    timeoutMs,
  );
});
