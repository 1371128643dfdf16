// The checks of `npm run docs:check`: each finds its fault, in a page that has nothing else wrong.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findCommandFaults } from "../../scripts/docs/commands.js";
import { findLinkFaults } from "../../scripts/docs/links.js";
import { findProjectFaults } from "../../scripts/docs/project-names.js";
import { parsePage } from "../../scripts/docs/page.js";
import { findTextFaults } from "../../scripts/docs/text.js";
import { readCommands } from "../../scripts/docs/transcript.js";
import { createScratch } from "../support/scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

function linkFaults(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = createScratch("pages");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const pages = Object.entries(files).map(([path, text]) => parsePage(path, text));
  return findLinkFaults(folder, pages).map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

async function commandFaults(text: string): Promise<readonly string[]> {
  return (await findCommandFaults([parsePage("page.md", text)])).map(({ line, message }) => `${line}: ${message}`);
}

const fenced = (language: string, ...lines: readonly string[]) => ["```" + language, ...lines, "```"].join("\n");

describe("links", () => {
  test("to pages, headings, folders and files that exist are fine", () => {
    const faults = linkFaults({
      "README.md": "# A\n[one](docs/one.md#two-words--more) [self](#a) [folder](docs) [far](https://example.com/x)",
      "docs/one.md": '# One\n\n## Two words & more\n\n[back](../README.md#a)\n\n<a id="here"></a>\n\n[here](#here)',
    });
    expect(faults).toEqual([]);
  });

  test.each([
    ["[a](docs/none.md)", "the link docs/none.md leads to docs/none.md, which does not exist"],
    ["![a](none.svg)", "the link none.svg leads to none.svg, which does not exist"],
    ["[a](#none)", "the link #none names a heading that README.md does not have"],
    ["[a](http://example.com/)", "the link http://example.com/ is not https"],
    ["[a](https://localhost/)", "the link https://localhost/ leads to a host without a domain"],
    ["[a](../elsewhere.md)", "the link ../elsewhere.md leads out of the project"],
    ["[a][b]\n\n[b]: none.md", "the link none.md leads to none.md, which does not exist"],
  ])("%s", (text, message) => {
    expect(linkFaults({ "README.md": text })).toEqual([expect.stringContaining(message)]);
  });

  test("a page that no other leads to", () => {
    const faults = linkFaults({ "README.md": "[one](docs/one.md)", "docs/one.md": "", "docs/two.md": "[one](one.md)" });
    expect(faults).toEqual(["docs/two.md:0: no link leads here from README.md or docs/README.md"]);
  });
});

describe("commands", () => {
  test("that the program takes are fine, wherever they stand", async () => {
    const faults = await commandFaults(
      [
        fenced(
          "console",
          "$ rolesanywhere-ts cache list | wc -l",
          "2",
          "$ rolesanywhere-ts scan orders \\",
          "    --limit 1",
        ),
        fenced("sh", 'eval "$(rolesanywhere-ts credentials --format export)"', "sudo rolesanywhere-ts version"),
        fenced("ini", "[profile a]", "credential_process = rolesanywhere-ts credential-process --settings-profile a"),
        fenced("yaml", 'command: ["/usr/bin/rolesanywhere-ts", "serve", "--lazy"]'),
        fenced("dockerfile", 'CMD ["rolesanywhere-ts", "serve"]'),
        "`rolesanywhere-ts cache clear`, `rolesanywhere-ts scan`, `--role-arn`, `ROLESANYWHERE_TS_ROLE_ARN`, `ERR_ARN`",
      ].join("\n\n"),
    );
    expect(faults).toEqual([]);
  });

  test.each([
    [fenced("console", "$ rolesanywhere-ts nonsense"), '2: the program refuses this: unknown command "nonsense"'],
    [fenced("console", "$ a", "$ rolesanywhere-ts cache list --nonsense"), "3: the program refuses this: unknown flag"],
    [
      fenced("sh", "echo $(rolesanywhere-ts credentials --format none)"),
      "2: the program refuses this: invalid argument",
    ],
    [fenced("sh", "a", "rolesanywhere-ts scan"), "3: the program refuses this: missing argument"],
    [fenced("sh", "rolesanywhere-ts scan t --typed --sets tagged"), "2: the program refuses this: --typed and --sets"],
    [fenced("ini", "credential_process = rolesanywhere-ts credential_process"), "2: the program refuses this"],
    [fenced("yaml", "run: |", "  rolesanywhere-ts execute"), "2: the program refuses this: unknown command"],
    [fenced("dockerfile", 'CMD ["rolesanywhere-ts", "server"]'), "2: the program refuses this: unknown command"],
    [fenced("sh", "(ls"), "2: the shell would not take this"],
    [fenced("console", "ls"), "2: the block shows no command"],
    [fenced("", "ls"), "1: the block does not say what it holds"],
    [fenced("json", "{"), "2: no json"],
    [fenced("yaml", "a: ["), "2: no yaml"],
    ["`rolesanywhere-ts cash`", "1: there is no command cash"],
    ["`--nonsense`", "1: there is no flag --nonsense"],
    ["`ROLESANYWHERE_TS_NONSENSE`", "1: there is no variable ROLESANYWHERE_TS_NONSENSE"],
    ["`rolesanywhere_nonsense`", "1: there is no profile key rolesanywhere_nonsense"],
    [fenced("ini", "[profile a]", "rolesanywhere_none = 1"), "3: there is no profile key rolesanywhere_none"],
    [fenced("yaml", "a: 1", "ROLESANYWHERE_TS_NONE: 1"), "3: there is no variable ROLESANYWHERE_TS_NONE"],
    ["`ERR_NONSENSE`", "1: there is no error code ERR_NONSENSE"],
  ])("%s", async (text, message) => {
    expect(await commandFaults(text)).toEqual([expect.stringContaining(message)]);
  });
});

describe("names of this project", () => {
  test.each([
    ["`npm run nonsense`", "there is no npm script nonsense"],
    ["<!-- run: no, test/none.test.ts does -->", "there is no file test/none.test.ts"],
    ["[a](x) `bench/none.mjs`", "there is no file bench/none.mjs"],
  ])("%s", (text, message) => {
    expect(findProjectFaults(root, parsePage("page.md", text)).map((fault) => fault.message)).toEqual([message]);
  });

  test("that are there are fine", () => {
    expect(
      findProjectFaults(root, parsePage("page.md", "`npm run check`, `npm test`, test/docs, `build.mjs`")),
    ).toEqual([]);
  });
});

describe("text", () => {
  test.each([
    ["Written with Typescript.", '"Typescript" is written "TypeScript" here'],
    ["blanks  ", "blanks at the end of the line"],
  ])("%s", (text, message) => {
    expect(findTextFaults(parsePage("page.md", text)).map((fault) => fault.message)).toEqual([message]);
  });

  test("in code is as it is", () => {
    expect(findTextFaults(parsePage("page.md", fenced("text", "Typescript") + "\n`Javascript`"))).toEqual([]);
  });
});

describe("commands of a block", () => {
  test("end where the shell ends them, and what follows is their output", () => {
    const text = ["$ cat <<E", "> $ in", "> E", "$ a \\", "  b", "out 1", "", "out 2", "", "$ c 'x", "y'"].join("\n");
    expect(readCommands("console", text)).toEqual([
      { text: "cat <<E\n$ in\nE", line: 0, output: undefined },
      { text: "a \\\n  b", line: 3, output: "out 1\n\nout 2" },
      { text: "c 'x\ny'", line: 9, output: undefined },
    ]);
  });

  test("are statements in a script", () => {
    const text = "# note\na && b # c\n\nfor x in 1; do\n  y\ndone\nd &\n";
    expect(readCommands("sh", text).map((command) => command.text)).toEqual([
      "a && b # c",
      "for x in 1; do\n  y\ndone",
      "d &",
    ]);
  });

  test("have their here-documents", () => {
    const text = "cat > a <<'END'\n[x]\nEND\nb\n";
    expect(readCommands("sh", text).map((command) => command.text)).toEqual(["cat > a <<'END'\n[x]\nEND", "b"]);
  });
});
