// Writes the repository and the reporting address of project.json into package.json and SECURITY.md.
//
//   npm run project               after a change of project.json
//   npm run project -- --check    fails when one of the two differs
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nameManifest, nameSecurityPage, readProject } from "./project.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const project = readProject(root);
const writers = {
  "package.json": (text) => `${JSON.stringify(nameManifest(JSON.parse(text), project), undefined, 2)}\n`,
  "SECURITY.md": (text) => nameSecurityPage(text, project),
};

for (const [name, write] of Object.entries(writers)) {
  const text = readFileSync(join(root, name), "utf8");
  const named = write(text);
  if (named === text) continue;
  if (process.argv.includes("--check")) {
    console.error(`${name} does not say what project.json says: run "npm run project"`);
    process.exitCode = 1;
  } else writeFileSync(join(root, name), named);
}
