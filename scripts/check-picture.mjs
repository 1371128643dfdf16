// Draws the output of a real run of `check` as an SVG for light and dark pages. The run uses the emulator and a key that does
// not match the certificate.
//
//   npm run picture               writes docs/images/check.svg
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const executable = join(root, "dist/rolesanywhere-ts.cjs");

/** @returns {Promise<string>} Output of `check` for a profile of the emulator with the key of another client. */
export async function runCheck() {
  const folder = mkdtempSync(join(tmpdir(), "ra-"));
  const emulatorFolder = join(folder, "pki");
  const words = [executable, "emulator", "--dir", emulatorFolder, "--log", "none"];
  const emulator = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise((resolve, reject) => {
      let said = "";
      emulator.stdout.on("data", (chunk) => {
        said += chunk;
        if (said.includes("# emulator ready")) resolve();
      });
      emulator.once("exit", (status) => reject(new Error(`the emulator ended with status ${status}`)));
    });
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_CONFIG_FILE: join(emulatorFolder, "config"),
      LC_ALL: "C",
      COLUMNS: "80",
    };
    const flags = ["--profile", "single", "--private-key", join(emulatorFolder, "ec-key.pem")];
    const { stdout } = spawnSync(process.execPath, [executable, "check", ...flags], { env, encoding: "utf8" });
    return stdout
      .replaceAll(`${emulatorFolder}/`, "~/.pki/")
      .replaceAll(`${root}/dist/rolesanywhere-ts.cjs`, "rolesanywhere-ts");
  } finally {
    emulator.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const colours = {
  light: { page: "#ffffff", text: "#1f2328", ok: "#116329", warn: "#7d4e00", FAIL: "#a40e26", skip: "#59636e" },
  dark: { page: "#0d1117", text: "#e6edf3", ok: "#56d364", warn: "#e3b341", FAIL: "#ff7b72", skip: "#9198a1" },
};
const advance = 8.4;
const lineHeight = 19;

/** Draws one picture for both themes: the reader's setting selects the colors. */
export function draw(command, output) {
  const lines = [`$ ${command}`, ...output.trimEnd().split("\n")];
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * advance) + 32;
  const height = lines.length * lineHeight + 32;
  const rules = ({ page, text, ...states }) =>
    [
      `.page{fill:${page}}text{fill:${text}}`,
      ...Object.entries(states).map(([name, fill]) => `.${name}{fill:${fill}}`),
    ].join("");
  const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const rows = lines.map((line, index) => {
    const [, indent = "", state, rest = ""] = /^( +)(ok|warn|FAIL|skip)( .*)$/.exec(line) ?? [];
    const marked =
      state === undefined ? escape(line) : `${indent}<tspan class="${state}">${state}</tspan>${escape(rest)}`;
    return `<text x="16" y="${16 + (index + 1) * lineHeight - 5}">${marked}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="What ${escape(command)} prints">
<style>text{font:14px ui-monospace,Menlo,Consolas,monospace;white-space:pre}${rules(colours.light)}@media(prefers-color-scheme:dark){${rules(colours.dark)}}</style>
<rect class="page" width="${width}" height="${height}" rx="8"/>
${rows.join("\n")}
</svg>
`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(join(root, "docs/images/check.svg"), draw("rolesanywhere-ts check --profile single", await runCheck()));
