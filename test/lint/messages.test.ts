import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { registry } from "../../src/commands/registry.js";
import { optionName } from "../../src/library/option-words.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const comment = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.replaceAll("\\", "/"))
  .map((file) => ({
    file,
    // Comments keep their lines, so that a finding names the right one.
    lines: readFileSync(join(root, "src", file), "utf8")
      .replaceAll(comment, (text) => text.replaceAll(/[^\n]/g, ""))
      .split("\n"),
  }));

function findLines(applies: (line: string, before: string, file: string) => boolean): readonly string[] {
  return sources.flatMap(({ file, lines }) =>
    lines.flatMap((line, index) =>
      applies(line, lines[index - 1] ?? "", file) ? [`src/${file}:${index + 1} ${line.trim()}`] : [],
    ),
  );
}

/** Decisions over finished words, and changes of them. What a service says is called otherwise: `said`. */
const forbidden = [
  /\.test\(\s*(?:\w+\??\.)*(?:message|hint|description)\)/,
  /\b(?:message|hint|description)\??\.(?:startsWith|endsWith|includes|match|matchAll|search|indexOf)\(/,
  /\b(?:hint|description)\??\.(?:replace|replaceAll|slice|split)\(/,
];
/** Where errors are shown, texts are put together from parts; only control characters are taken out. */
const rewriting = /\b(?:message|text|line|hint)\??\.(?:replace|replaceAll)\((?!\/\[\\u0000|"\\n")/;
const showing = /^(?:library\/|commands\/vend-context|main|errors|message|origin)/;

describe("texts", () => {
  test("decide nothing, and are not rewritten once they are finished", () => {
    expect(findLines((line) => forbidden.some((pattern) => pattern.test(line)))).toEqual([]);
    expect(findLines((line, _, file) => showing.test(file) && rewriting.test(line))).toEqual([]);
  });

  test.each([
    'const byCertificate = source.description.startsWith("certificate");',
    'failure(/at most/.test(error.message) ? "CHAIN_LENGTH" : "CHAIN", subject, error)',
    'hint?.startsWith("chmod 600 ") === true',
    'const path = hint.slice("chmod 600 ".length);',
    "error.hints.filter((hint) => !/\\bcommand line\\b/.test(hint))",
  ])("that decide would be found: %s", (line) => {
    expect(forbidden.some((pattern) => pattern.test(line))).toBe(true);
  });

  test("that are rewritten would be found", () => {
    expect(rewriting.test("text.replaceAll(/--([a-z]+)/g, wordOf)")).toBe(true);
    expect(rewriting.test('message.replace("run the command again with --debug", "")')).toBe(true);
  });
});

/** Rooms whose errors a library shows. */
const shared = /^(?:aws|settings|identity|vending|delivery|readers|request|emulator|signing)\//;
/** They write or read a command line. */
const ofCommandLines = ["aws/process-line.ts", "vending/cache/invocation-index.ts"];

/** Settings of commands alone: no function of the library comes to the messages that name them. */
const commandsAlone = [
  "compressed",
  "connect-to",
  "data-raw",
  "extract",
  "format",
  "hop-limit",
  "keys",
  "max-redirs",
  "max-time",
  "output",
  "resolve",
  "token-file",
];

describe("rooms that a library shares", () => {
  test("name settings, not flags or variables", async () => {
    const commands = await Promise.all(Object.values(registry).map(({ load }) => load()));
    const flags = new Set(commands.flatMap(({ options }) => Object.keys(options)));
    const named = (line: string) => [...line.matchAll(/(?<![\w-])--([a-z][a-z0-9-]*)/g)].map(([, flag = ""]) => flag);
    const other = /pkcs11-tool|tpm2_|openssl|npm install|--export-format|aws s3api|`aws (?:sso )?login/;
    const typed = /onCommandLine\(|commandLine:/;
    const found = findLines(
      (line, before, file) =>
        shared.test(file) &&
        !ofCommandLines.includes(file) &&
        !other.test(line) &&
        !typed.test(line) &&
        !typed.test(before) &&
        (named(line).some((flag) => flags.has(flag)) ||
          /["`][^"`]*\bROLESANYWHERE_TS_(?!\w*["`]?[,:]|\w*\$)/.test(line)),
    );
    expect(found.filter((line) => !line.includes("store/windows.ts"))).toEqual([]);
  });

  test("name settings that exist, by the names of the library's options", async () => {
    const commands = await Promise.all(Object.values(registry).map(({ load }) => load()));
    const flags = new Set(commands.flatMap(({ options }) => Object.keys(options)));
    const library = readdirSync(join(root, "src/library"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join("library", file))
      // An interface that the command shares.
      .concat("readers/objects/query.ts")
      .map((file) => readFileSync(join(root, "src", file), "utf8"))
      .join("");
    const hop = ["PolicyArns", "Policy", "Tags", "TransitiveTagKeys"];
    const isOption = (name: string) => {
      const [option = ""] = optionName(name)
        .split(/[ .:]/)
        .filter((word) => !["host", "and", "port"].includes(word));
      return option === "" || hop.includes(option) || /^[A-Z]/.test(option) || library.includes(`readonly ${option}`);
    };
    const names = sources
      .filter(({ file }) => shared.test(file))
      .flatMap(({ lines }) => [...lines.join("\n").matchAll(/\b(?:setting|variable|orSet)\("([a-z0-9-]+)"/g)])
      .map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(80);
    const unknown = [...new Set(names)].filter((name) => !flags.has(name) || !isOption(name));
    expect(unknown.toSorted()).toEqual(commandsAlone);
  });
});
