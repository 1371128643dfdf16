// The packages whose code is in the build output, from esbuild's metafile.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * @param metafiles esbuild's, of the executable and of the library
 * @param root the folder that their paths start from
 * @returns packages by name, then version: `{ folder, name, version, license, author }`
 */
export function findBundledPackages(metafiles, root) {
  const outputs = metafiles.flatMap(({ outputs: files }) => Object.values(files));
  const modules = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = new Set(modules.flatMap((path) => /^(?:.*node_modules\/)(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const packages = [...folders].map((folder) => {
    const { name, version, license, author } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    return { folder, name, version, license, author: typeof author === "string" ? author : author?.name };
  });
  const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
  return packages.sort((one, other) => order(one.name, other.name) || order(one.version, other.version));
}

/**
 * Formats the licence texts of packages and the notices that come with them, each text once below its packages.
 *
 * @throws Error for a package without a licence text whose licence has no standard text
 */
export function formatLicenses(packages, root) {
  const byText = new Map();
  for (const entry of packages) {
    const text = readLicense(entry, root);
    byText.set(text, [...(byText.get(text) ?? []), `${entry.name} ${entry.version} (${entry.license})`]);
  }
  const parts = [...byText].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  return [
    "What rolesanywhere-ts bundles into its executable and its library, with the licences of it.\n",
    ...parts,
  ].join(`\n${"-".repeat(80)}\n\n`);
}

function readLicense({ folder, name, license, author }, root) {
  const files = readdirSync(join(root, folder)).sort();
  const read = (pattern) =>
    files.filter((file) => pattern.test(file)).map((file) => trimLines(readFileSync(join(root, folder, file), "utf8")));
  const texts = read(/^(?:licen[cs]e|copying)/i);
  return [...(texts.length === 0 ? [standardText(name, license, author, root)] : texts), ...read(/^notice/i)].join(
    "\n\n",
  );
}

/** Removes empty lines at both ends; the first line keeps its indentation. */
function trimLines(text) {
  return text.replace(/^(?:[ \t]*\r?\n)+/, "").trimEnd();
}

/** Returns the text for a package that names its licence but ships no copy. */
function standardText(name, license, author, root) {
  const note = "(The package ships no copy of its licence; this is the licence's own text.)";
  if (license === "Apache-2.0") return `${note}\n\n${trimLines(readFileSync(join(root, "LICENSE"), "utf8"))}`;
  if (license === "MIT" && author !== undefined)
    return `${note}\n\nMIT License\n\nCopyright (c) ${author}\n\n${mitText}`;
  throw new Error(`${name} ships no text of its licence, ${license}`);
}

const mitText = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
