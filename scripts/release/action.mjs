// Builds the GitHub Action as an archive: action.yml, its entries and the executable, which a job runs without a build. The
// release workflow makes a commit of it and moves the tag of the major version there.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { commitTime, root, version } from "./paths.mjs";
import { writeTar } from "./tar.mjs";

/** @returns {string} The name of the file made in `folder`. */
export function makeAction(folder) {
  const file = (name, from, mode = 0o644) => ({ name, mode, data: readFileSync(join(root, from)) });
  const directory = (name) => ({ name, mode: 0o755 });
  const entries = [
    file("action.yml", "action.yml"),
    directory("packaging/"),
    directory("packaging/action/"),
    file("packaging/action/main.cjs", "packaging/action/main.cjs"),
    file("packaging/action/post.cjs", "packaging/action/post.cjs"),
    file("packaging/action/rolesanywhere-ts.cjs", "dist/rolesanywhere-ts.cjs", 0o755),
    file("LICENSE", "LICENSE"),
    file("THIRD-PARTY-LICENSES.txt", "dist/THIRD-PARTY-LICENSES.txt"),
  ];
  const name = `rolesanywhere-ts-${version}-action.tar.gz`;
  writeFileSync(join(folder, name), gzipSync(writeTar(entries, commitTime()), { level: 9 }));
  return name;
}
