// What splitters of real readers make of the line: shells, Python's shlex as botocore uses it, botocore's Windows
// splitter, and the JavaScript SDK's config parser before them.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseKnownFiles } from "@smithy/core/config";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProcessCommand } from "../../src/delivery/process-command.js";
import { UsageError } from "../../src/errors.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const piece = fc.constantFrom(..."abc /.-=:@%+,#;'\"$`\\!*?()[]{}<>|&~^é".split(""));
const word = fc.string({ unit: piece, minLength: 1 });
const samples = [
  ["/opt/my dir/bin", "--certificate", "/home/x/a #b.pem"],
  ["/a", "it's", '"quoted"', "$HOME", "`id`", "a\\b", "x ; y", "'", "~", "*"],
  ["/a", "' #", '" ;', "\\ #'"],
];
const printer = join(createScratch("printer"), "print.cjs");
writeFileSync(printer, "process.stdout.write(JSON.stringify(process.argv.slice(2)))");

const lines = [...samples, ...fc.sample(fc.array(word, { minLength: 1, maxLength: 4 }), 15)].map((words) => ({
  words,
  line: formatProcessCommand([process.execPath, printer, ...words], "linux"),
}));

describe("formatProcessCommand on POSIX", () => {
  test.each([["sh"], ["bash"], ["dash"]] as const)("%s splits it into the words", (shell) => {
    const present = spawnSync(shell, ["-c", "true"]).status === 0;
    const read = lines.map(({ line }) => (present ? spawnSync(shell, ["-c", line], { encoding: "utf8" }).stdout : ""));
    expect(read).toEqual(lines.map(({ words }) => (present ? JSON.stringify(words) : "")));
  });

  test.skipIf(!requireTools("botocore's splitting of credential_process lines", "python3"))(
    "shlex splits it alike",
    () => {
      const program = "import json, shlex, sys\nprint(json.dumps([shlex.split(l)[2:] for l in json.load(sys.stdin)]))";
      const { stdout } = spawnSync("python3", ["-c", program], {
        input: JSON.stringify(lines.map(({ line }) => line)),
        encoding: "utf8",
      });
      expect(JSON.parse(stdout)).toEqual(lines.map(({ words }) => words));
    },
  );

  test("the JavaScript SDK takes it out of the config file whole", async () => {
    const folder = createScratch("config");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "config");
    writeFileSync(
      file,
      lines.map(({ line }, index) => `[profile p${index}]\ncredential_process = ${line}\n`).join("\n"),
    );
    const profiles = await parseKnownFiles({ configFilepath: file, filepath: join(folder, "none") });
    expect(lines.map((_, index) => profiles[`p${index}`]?.["credential_process"])).toEqual(
      lines.map(({ line }) => line),
    );
  });

  test("plain words stay plain", () => {
    expect(formatProcessCommand(["/opt/x", "--role-arn", "arn:aws:iam::1:role/a@b+c,d"], "linux")).toBe(
      "/opt/x --role-arn arn:aws:iam::1:role/a@b+c,d",
    );
    expect(formatProcessCommand(["/opt/my app"], "linux")).toBe('"/opt/my app"');
  });

  test.each(["a\nb", "a\rb", "a\0b", "a\tb"])("refuses %j", (bad) => {
    expect(() => formatProcessCommand([bad], "linux")).toThrow(UsageError);
  });
});

describe("formatProcessCommand on Windows", () => {
  const present = requireTools("botocore's Windows splitter on credential_process lines", "boto3");

  test.skipIf(!present)("botocore's Windows splitter splits it into the words", () => {
    const windowsWord = fc.string({ unit: fc.constantFrom(..."abc \\/:.-_()&é'".split("")), minLength: 1 });
    const cases = [
      ["node", "C:\\Program Files\\x\\cli.cjs", "--certificate", "C:\\dir with blank\\"],
      ...fc.sample(fc.array(windowsWord, { minLength: 1, maxLength: 4 }), 100),
    ];
    const program =
      "import json, sys\nfrom botocore.compat import compat_shell_split as split\nprint(json.dumps([split(l, 'win32') for l in json.load(sys.stdin)]))";
    const { stdout } = spawnSync("python3", ["-c", program], {
      input: JSON.stringify(cases.map((words) => formatProcessCommand(words, "win32"))),
      encoding: "utf8",
    });
    expect(JSON.parse(stdout)).toEqual(cases);
  });

  test.each(['a"b', "%PATH%", "a #b", "a\nb"])("refuses %j", (bad) => {
    expect(() => formatProcessCommand([bad], "win32")).toThrow(UsageError);
  });
});
