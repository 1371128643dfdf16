// What splitters of real readers make of the line: shells, Python's shlex as botocore uses it, botocore's Windows
// splitter, the AWS SDK for .NET, and the JavaScript SDK's config parser before them.
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseKnownFiles } from "@smithy/core/config";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProcessLine, isPlainOnWindows, joinWords } from "../../src/aws/process-line.js";
import { splitWords } from "../../src/aws/command-line.js";
import { readAsGo } from "../../src/diagnosis/profile/parsers/go.js";
import { UsageError } from "../../src/errors.js";
import { runProgram } from "../support/run-program.js";
import { refusalOf } from "../support/refusal.js";
import { createScratch } from "../support/scratch.js";
import { requireTools } from "../support/tools.js";

const piece = fc.constantFrom(..."abc /.-=:@%+,#;'\"$`\\!*?()[]{}<>|&~^é".split(""));
const word = fc.string({ unit: piece, minLength: 1 });
const samples = [
  ["/opt/my dir/bin", "--certificate", "/home/x/a #b.pem"],
  ["/a", "it's", '"quoted"', "$HOME", "`id`", "a\\b", "x ; y", "'", "~", "*"],
  ["/a", "' #", '" ;', "\\ #'"],
  ["/a", "Key=x509Subject,Value=CN=a\\, b", "a\\", "\\\\server\\share", '\\"', "\\$x", "`\\\\`", "\\'", "a\\ #b"],
];
const printer = join(createScratch("printer"), "print.cjs");
writeFileSync(printer, "process.stdout.write(JSON.stringify(process.argv.slice(2)))");

const lines = [...samples, ...fc.sample(fc.array(word, { minLength: 1, maxLength: 4 }), 15)].map((words) => ({
  words,
  line: joinWords([process.execPath, printer, ...words], "linux"),
}));

describe("joinWords on POSIX", () => {
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

  describe.each(["aws-dotnet", "aws-dotnet3"] as const)("%s", (dotnet) => {
    const isHere = requireTools("credential_process lines run by the AWS SDK for .NET", dotnet);
    test.skipIf(!isHere)("runs it with the words", async () => {
      const program = join(createScratch("credentials"), "print.cjs");
      writeFileSync(
        program,
        `const said = Buffer.from(JSON.stringify(process.argv.slice(2))).toString("hex");
        process.stdout.write(JSON.stringify({ Version: 1, AccessKeyId: said, SecretAccessKey: "x", SessionToken: "y" }));`,
      );
      const linked = join(createScratch("my programs"), "node");
      symlinkSync(process.execPath, linked);
      const starts = lines.slice(0, 10).map(({ words }) => ({ node: process.execPath, words }));
      for (const { node, words } of [...starts, { node: linked, words: ["the last"] }]) {
        const line = joinWords([node, program, ...words], "linux");
        const { stdout, stderr } = await runProgram(dotnet, ["process", line]);
        expect({ line, stderr }).toEqual({ line, stderr: "" });
        expect(JSON.parse(Buffer.from(stdout.trim(), "hex").toString("utf8"))).toEqual(words);
      }
    });
  });

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

  test("the SDK for Go, which removes quotation marks at both ends of a value, gets the same words", () => {
    const path = fc.array(fc.constantFrom("opt", "my app", "it's", "a\\\\b", "$x", "x #1", "é"), {
      minLength: 1,
      maxLength: 3,
    });
    const arbitrary = path.map((parts) => `/${parts.join("/")}`);
    const shell = (line: string) =>
      spawnSync("sh", ["-c", `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: "utf8" })
        .stdout.split("\0")
        .slice(0, -1);
    fc.assert(
      fc.property(arbitrary, fc.array(arbitrary, { maxLength: 2 }), (program, words) => {
        const line = joinWords([program, ...words], "linux");
        const read = readAsGo({ config: `[profile app]\ncredential_process = ${line}\n`, credentials: undefined });
        const value = read.kind === "read" ? read.config.get("app")?.get("credential_process") : undefined;
        expect(value).toBe(line);
        expect(splitWords(line, "linux")).toEqual([program, ...words]);
        expect(process.platform === "win32" ? [program, ...words] : shell(line)).toEqual([program, ...words]);
      }),
      {
        numRuns: 200,
        examples: [
          ["/opt/my app/x", ["--certificate", "/my pki/x.pem"]],
          ["/my app", []],
        ],
      },
    );
  });

  test("plain words stay plain", () => {
    expect(joinWords(["/opt/x", "--role-arn", "arn:aws:iam::1:role/a@b+c,d"], "linux")).toBe(
      "/opt/x --role-arn arn:aws:iam::1:role/a@b+c,d",
    );
    expect(joinWords(["/opt/my app"], "linux")).toBe('/"opt/my app"');
    expect(joinWords(["/opt/my app", "x"], "linux")).toBe('"/opt/my app" x');
  });

  test.each(["a\nb", "a\rb", "a\0b", "a\tb"])("refuses %j", (bad) => {
    expect(() => joinWords([bad], "linux")).toThrow(UsageError);
  });
});

describe("joinWords on Windows", () => {
  const present = requireTools("botocore's Windows splitter on credential_process lines", "boto3");

  test.skipIf(!present)("botocore's Windows splitter splits it into the words", () => {
    const windowsWord = fc.string({ unit: fc.constantFrom(..."abc~=,\\/:.-_@é".split("")), minLength: 1 });
    const cases = [
      ["node", "C:\\PROGRA~1\\x\\cli.cjs", "--certificate", "C:\\dir\\x.pem"],
      ...fc.sample(fc.array(windowsWord.filter(isPlainOnWindows), { minLength: 1, maxLength: 4 }), 100),
    ];
    const lines = cases.map((words) => joinWords(words, "win32"));
    expect(lines.filter((line) => line.includes('"'))).toEqual([]);
    const program =
      "import json, sys\nfrom botocore.compat import compat_shell_split as split\nprint(json.dumps([split(l, 'win32') for l in json.load(sys.stdin)]))";
    const { stdout } = spawnSync("python3", ["-c", program], { input: JSON.stringify(lines), encoding: "utf8" });
    expect(JSON.parse(stdout)).toEqual(cases);
  });

  test.each(['a"b', "%PATH%", "a #b", "a\nb", "C:\\Program Files\\x.exe", "C:\\a&b", "C:\\x\\", "@x", "a(x86)", ""])(
    "refuses %j",
    (bad) => {
      expect(() => joinWords([bad], "win32")).toThrow(UsageError);
    },
  );
});

describe("formatProcessLine", () => {
  const program = ["C:\\tools\\rolesanywhere-ts.exe"];
  const format = (certificate: string, platform: NodeJS.Platform) =>
    formatProcessLine({
      program,
      profile: "app",
      settings: new Map<string, string | boolean>([
        ["certificate", certificate],
        ["no-verify-ssl", true],
      ]),
      platform,
    });

  test("names the profile on Windows if a setting needs quotation marks", () => {
    const start = "C:\\tools\\rolesanywhere-ts.exe credential-process";
    expect(format("C:\\pki\\x.pem", "win32")).toEqual({
      line: `${start} --certificate C:\\pki\\x.pem --no-verify-ssl`,
      inKeys: false,
    });
    expect(format("C:\\my pki\\x.pem", "win32")).toEqual({ line: `${start} --settings-profile app`, inKeys: true });
    expect(format("/my pki/x.pem", "linux").inKeys).toBe(false);
  });

  test("refuses a program whose path needs them, and says how", async () => {
    const act = () =>
      formatProcessLine({
        program: ["C:\\Program Files\\rolesanywhere-ts.exe"],
        profile: "app",
        settings: new Map(),
        platform: "win32",
      });
    expect(act).toThrow(/needs quotation marks.*\.NET, Go and Rust/);
    await expect(refusalOf(Promise.resolve().then(act))).resolves.toMatchObject({
      hints: [expect.stringMatching(/without blanks.*on PATH/)],
    });
  });
});
