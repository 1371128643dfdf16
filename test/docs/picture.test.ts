import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { draw, runCheck } from "../../scripts/check-picture.mjs";

const picture = readFileSync(fileURLToPath(new URL("../../docs/images/check.svg", import.meta.url)), "utf8");
const findings = (text: string) =>
  text.match(/\b(?:ok|warn|FAIL|skip)(?:<\/tspan>)? +[A-Z_\d]+/g)?.map((found) => found.replace("</tspan>", ""));

test("README's picture of check shows the findings that a run prints today", async () => {
  const output = await runCheck();
  expect(findings(picture)).toEqual(findings(output));
  expect(findings(picture)).toContain("FAIL KEY_MATCH");
});

test("text has a contrast of 4.5 to 1 at least, on light pages and on dark ones", () => {
  const rules = /<style>([^]*?)<\/style>/.exec(draw("a", "  ok   A  b\n"))?.[1] ?? "";
  const [light = "", dark = ""] = rules.split("@media");
  for (const theme of [light, dark]) {
    const fills = [...theme.matchAll(/(\.?\w+)\{fill:(#[\da-f]{6})\}/g)].map(
      ([, name, fill = ""]) => [name, luminance(fill)] as const,
    );
    const page = fills.find(([name]) => name === ".page")?.[1] ?? Number.NaN;
    for (const [name, value] of fills.filter(([name]) => name !== ".page")) {
      const ratio = (Math.max(value, page) + 0.05) / (Math.min(value, page) + 0.05);
      expect(ratio, name).toBeGreaterThanOrEqual(4.5);
    }
  }
});

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
