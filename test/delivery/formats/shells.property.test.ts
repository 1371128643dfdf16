// Each shell reads what was written for it, and prints what it got; any difference is a quoting fault.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { credentialFormats, type CredentialFormat } from "../../../src/delivery/formats/formats.js";
import { UsageError } from "../../../src/errors.js";
import { cleanEnvironment } from "../../support/run-cli.js";
import { createScratch } from "../../support/scratch.js";
import { requireTools, type ToolName } from "../../support/tools.js";
import { hostileValues, sampleCredentials } from "./samples.js";

const node = process.execPath;
const printer = join(createScratch("printer"), "print.cjs");
writeFileSync(
  printer,
  'process.stdout.write(JSON.stringify([process.env.AWS_SESSION_TOKEN, process.env.AWS_REGION]) + "\\n")',
);

interface Reader {
  readonly format: CredentialFormat;
  readonly tool: ToolName;
  readonly argv: readonly string[];
  /** A script that takes in `statements` and then prints the variables. */
  readonly script: (statements: string) => string;
}

const heredoc = (statements: string) =>
  `__in=$(cat <<'__END__'\n${statements}__END__\n)\neval "$__in"\n"${node}" "${printer}"\n`;
const readers: Readonly<Record<string, Reader>> = {
  "bash, eval": { format: "export", tool: "bash", argv: ["bash"], script: heredoc },
  "dash, eval": { format: "export", tool: "dash", argv: ["dash"], script: heredoc },
  "zsh, eval": { format: "export", tool: "zsh", argv: ["zsh", "-f"], script: heredoc },
  "zsh with rc_quotes, eval": {
    format: "export",
    tool: "zsh",
    argv: ["zsh", "-f", "-o", "rc_quotes"],
    script: heredoc,
  },
  "fish, source": {
    format: "fish",
    tool: "fish",
    argv: ["fish", "--no-config"],
    script: (statements) => `${statements}"${node}" "${printer}"\n`,
  },
  "bash, set -a with env-file": {
    format: "env-file",
    tool: "bash",
    argv: ["bash"],
    script: (statements) => `set -a\n${statements}set +a\n"${node}" "${printer}"\n`,
  },
  "bash, set -a with dotenv": {
    format: "dotenv",
    tool: "bash",
    argv: ["bash"],
    script: (statements) => `set -a\n${statements}set +a\n"${node}" "${printer}"\n`,
  },
  "PowerShell, Invoke-Expression": {
    format: "powershell",
    tool: "pwsh",
    argv: ["pwsh", "-NoProfile", "-NonInteractive", "-File"],
    script: (statements) => `${statements}& '${node}' '${printer}'\n`,
  },
};

interface ReadBack {
  readonly written: readonly string[];
  readonly read: readonly (readonly [token: string, region: string])[];
  readonly refused: readonly string[];
}

/** Runs one shell over many values. */
function readBack(reader: Reader, values: readonly string[]): ReadBack {
  const written: string[] = [];
  const refused: string[] = [];
  const scripts: string[] = [];
  for (const value of values) {
    const statements = accepts(reader.format, value);
    if (statements === undefined) refused.push(value);
    else {
      written.push(value);
      scripts.push(reader.script(statements));
    }
  }
  const file = join(createScratch("script"), "script.ps1");
  writeFileSync(file, scripts.join(""));
  const [command, ...words] = reader.argv;
  const { stdout, stderr } = spawnSync(command!, [...words, file], {
    encoding: "utf8",
    env: { ...cleanEnvironment(), LC_ALL: "C.UTF-8" },
  });
  if (stderr !== "") throw new Error(stderr);
  return {
    written,
    refused,
    read: stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as [string, string]),
  };
}

/** The statements, or undefined when the format refuses the value. */
function accepts(format: CredentialFormat, value: string): string | undefined {
  try {
    return credentialFormats[format]({ ...sampleCredentials, sessionToken: value, region: value });
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** What no variable carries, whatever the form. */
const controls = /[\p{Cc}\u2028\u2029]/u;

const anything = fc
  .oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({
      unit: fc.constantFrom("'", '"', "\\", "$", "`", "\n", "\r", " ", "#", ";", "%", "!", "a", "’", "(", ")"),
    }),
  )
  .filter((value) => !controls.test(value));

describe.each(Object.entries(readers))("%s", (name, reader) => {
  const present = requireTools(`what ${name} makes of --format ${reader.format}`, reader.tool);

  test.skipIf(!present)("reads back every hostile value that the format takes", () => {
    const { written, read, refused } = readBack(reader, hostileValues);
    expect(read).toEqual(written.map((value) => [value, value]));
    expect(refused).toEqual(expect.arrayContaining(hostileValues.filter((value) => controls.test(value))));
  });

  test.skipIf(!present)("reads back any value", () => {
    const { written, read } = readBack(reader, ["plain", ...fc.sample(anything, 40)]);
    expect(read).toEqual(written.map((value) => [value, value]));
  });
});

describe("dotenv readers", () => {
  const accepted = hostileValues.flatMap((value) => {
    const text = accepts("dotenv", value);
    return text === undefined ? [] : [[value, text] as const];
  });

  test.each(accepted)("Node.js reads %j back", (value, text) => {
    expect(parseEnv(text)["AWS_SESSION_TOKEN"]).toBe(value);
  });

  test.skipIf(!requireTools("what python-dotenv makes of --format dotenv", "dotenv"))(
    "python-dotenv reads them back",
    () => {
      const program =
        "import dotenv,io,json,sys\nprint(json.dumps([dotenv.dotenv_values(stream=io.StringIO(t))['AWS_SESSION_TOKEN'] for t in json.load(sys.stdin)]))";
      const { stdout } = spawnSync("python3", ["-c", program], {
        input: JSON.stringify(accepted.map(([, text]) => text)),
        encoding: "utf8",
      });
      expect(JSON.parse(stdout)).toEqual(accepted.map(([value]) => value));
    },
  );
});

describe("fish, eval", () => {
  test.skipIf(!requireTools("what fish's eval makes of --format fish", "fish"))(
    "survives the loss of line ends",
    () => {
      for (const value of hostileValues.filter((hostile) => !controls.test(hostile))) {
        const file = join(createScratch("fish"), "statements");
        writeFileSync(file, credentialFormats.fish({ ...sampleCredentials, sessionToken: value }));
        const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", `eval (cat ${file}); ${node} ${printer}`], {
          encoding: "utf8",
          env: { ...cleanEnvironment(), LC_ALL: "C.UTF-8" },
        });
        expect(stderr).toBe("");
        expect(JSON.parse(stdout)[0]).toBe(value);
      }
    },
  );
});

describe("PowerShell, whatever a person does with the lines", () => {
  const pwsh: ToolName = "pwsh";
  const present = requireTools("ways of running --format powershell", "pwsh");
  /** A function stands in for the program: what it prints is captured line by line, as any program's output is. */
  const ways = {
    "in a pipe": "lines | Invoke-Expression",
    "as one string joined by blanks": 'Invoke-Expression "$(lines)"',
    "as one string joined by line ends": 'Invoke-Expression ((lines) -join "`n")',
    "as one string of Out-String": "lines | Out-String | Invoke-Expression",
    "line by line": "foreach ($line in lines) { Invoke-Expression $line }",
    "as a script block joined by blanks": '& ([scriptblock]::Create("$(lines)"))',
    "as a script block joined by line ends": '. ([scriptblock]::Create((lines) -join "`n"))',
  } as const;

  test.skipIf(!present).each(Object.entries(ways))("%s, it sets the variables", (_name, way) => {
    const values = hostileValues.filter((value) => !controls.test(value));
    const cases = values.map((value, index) => {
      const file = join(createScratch("lines"), `${index}.ps1`);
      writeFileSync(file, accepts("powershell", value)!);
      return `function lines { Get-Content -LiteralPath '${file}' }\n${way}\n& '${node}' '${printer}'\n`;
    });
    const script = join(createScratch("ways"), "ways.ps1");
    writeFileSync(script, `Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'\n${cases.join("")}`);
    const { stdout, stderr } = spawnSync(pwsh, ["-NoProfile", "-NonInteractive", "-File", script], {
      encoding: "utf8",
      env: cleanEnvironment(),
    });
    expect(stderr).toBe("");
    const read = stdout.trimEnd().split("\n");
    expect(read.map((line) => JSON.parse(line) as unknown)).toEqual(values.map((value) => [value, value]));
  });

  test.skipIf(!present)("what is no way to run them says nothing of the values", () => {
    const file = join(createScratch("lines"), "lines.ps1");
    writeFileSync(file, accepts("powershell", "canary-token")!);
    const script = `function lines { Get-Content -LiteralPath '${file}' }; Invoke-Expression (lines); iex -Command (lines)`;
    const { stdout, stderr } = spawnSync(pwsh, ["-NoProfile", "-NonInteractive", "-Command", script], {
      encoding: "utf8",
      env: cleanEnvironment(),
    });
    expect(stdout + stderr).not.toMatch(/canary-token|wJalrXUtnFEMI/);
    expect(stderr).not.toBe("");
  });
});

describe("powershell by the rules of its quoting, where there is none to ask", () => {
  /** Reads one string literal as about_Quoting_Rules says. */
  function decode(literal: string): string {
    const body = literal.slice(1, -1);
    if (literal.startsWith("'")) return body.replaceAll("''", "'");
    return body.replaceAll(/`(.)|\$\(\[char\](\d+)\)/g, (_all, escaped: string | undefined, code: string) =>
      escaped === undefined ? String.fromCharCode(Number(code)) : escaped,
    );
  }

  test("any value comes back, and every statement is one line of ASCII", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const statements = accepts("powershell", value)!;
        expect(statements).toMatch(/^(\$Env:AWS_\w+=[\x20-\x7e]*;\n){6}$/);
        const literal = /^\$Env:AWS_SESSION_TOKEN=(.*);$/m.exec(statements)![1]!;
        expect(literal).toMatch(/^'([^']|'')*'$|^"(`.|\$\(\[char\]\d+\)|[^"`$])*"$/);
        expect(decode(literal)).toBe(value);
      }),
    );
  });
});

describe("cmd", () => {
  const safe = fc.string({ unit: fc.constantFrom(..."ab &|<>^()'=;,\\~#$`*?".split("")) });
  const unsafe = fc
    .tuple(safe, fc.constantFrom('"', "%", "!", "\n", "\r", "\t", "é"), safe)
    .map((parts) => parts.join(""));

  test("carries what cmd.exe takes literally between its quotes", () => {
    fc.assert(
      fc.property(safe, (value) => {
        expect(accepts("cmd", value)).toContain(`set "AWS_SESSION_TOKEN=${value}"\r\n`);
      }),
    );
  });

  test("refuses what cmd.exe would change", () => {
    fc.assert(
      fc.property(unsafe, (value) => {
        expect(accepts("cmd", value)).toBeUndefined();
      }),
    );
  });
});
