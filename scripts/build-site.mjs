// Builds the documentation site from README.md, docs/ and examples/ into dist/site: npm run site
//
// VitePress and its packages are installed with npm from packaging/site/package-lock.json into node_modules/.cache/site.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const generator = join(root, "node_modules/.cache/site");
const stage = join(generator, "stage");
const papers = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md"];

/** Installs the generator, unless it is installed. */
export function installGenerator() {
  mkdirSync(generator, { recursive: true });
  const lock = readFileSync(join(root, "packaging/site/package-lock.json"), "utf8");
  const installed = join(generator, "installed-package-lock.json");
  if (existsSync(installed) && readFileSync(installed, "utf8") === lock) return generator;
  for (const name of ["package.json", "package-lock.json"])
    cpSync(join(root, "packaging/site", name), join(generator, name));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
  execFileSync("npm", ["ci", "--prefix", generator, ...flags], { stdio: "inherit" });
  writeFileSync(installed, lock);
  return generator;
}

/** Turns links to files that the site lacks into plain text. README is the index of its folder. */
function withoutForeignLinks(path, text, exists) {
  return text.replaceAll(/(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g, (link, label, target) => {
    if (/^(?:[a-z]+:|#)/.test(target)) return link;
    const [file = ""] = target.split("#");
    if (!exists(posix.normalize(posix.join(posix.dirname(path), file)))) return label;
    return `[${label}](${target.replace(/(^|\/)README\.md/, "$1index.md")})`;
  });
}

/** Returns the links of a table of contents, by heading. */
function readIndex(text) {
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => ({
      text: part.split("\n", 1)[0],
      items: [...part.matchAll(/\[([^\]]+)\]\(([^)#\s]+\.md)\)/g)].map(([, label, target]) => ({
        text: label,
        link: `/${posix
          .normalize(posix.join("docs", target))
          .replace(/(?:^|\/)README\.md$/, "/")
          .replace(/\.md$/, "")}`,
      })),
    }));
}

function stagePages() {
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(join(stage, ".vitepress"), { recursive: true });
  const pages = [
    ...papers,
    ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => posix.join("docs", name.replaceAll("\\", "/"))),
  ];
  const isFile = (name) => /\.\w+$|aws-config$/.test(name) && existsSync(join(root, name));
  const exists = (name) => pages.includes(name) || (/^(?:docs\/images|examples)\//.test(name) && isFile(name));
  for (const page of pages) {
    mkdirSync(dirname(join(stage, page)), { recursive: true });
    writeFileSync(
      join(stage, page.replace(/README\.md$/, "index.md")),
      withoutForeignLinks(page, readFileSync(join(root, page), "utf8"), exists),
    );
  }
  cpSync(join(root, "docs/images"), join(stage, "docs/images"), { recursive: true });
  cpSync(join(root, "examples"), join(stage, "public/examples"), { recursive: true });
  cpSync(join(root, "packaging/site/config.mjs"), join(stage, ".vitepress/config.mjs"));
  cpSync(join(root, "packaging/site/theme"), join(stage, ".vitepress/theme"), { recursive: true });
  const index = readIndex(readFileSync(join(root, "docs/README.md"), "utf8"));
  writeFileSync(join(stage, ".vitepress/pages.json"), JSON.stringify({ index }));
}

function exampleExtensions() {
  const names = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" });
  return [...new Set(names.map((name) => extname(name).slice(1)).filter((name) => name !== ""))].join(",");
}

installGenerator();
stagePages();
const output = join(root, "dist/site");
rmSync(output, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(generator, "node_modules/vitepress/bin/vitepress.js"), "build", stage, "--outDir", output],
  {
    cwd: generator,
    // Files of examples that VitePress takes for pages otherwise.
    env: { ...process.env, VITE_EXTRA_EXTENSIONS: exampleExtensions() },
    stdio: process.argv.includes("--quiet") ? ["ignore", "ignore", "inherit"] : "inherit",
  },
);
