// The crates that are linked into the lean executable, with their licences, as cargo knows them.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * @param crate the folder with Cargo.toml
 * @param triples Rust's names of the targets; `undefined` is this machine
 * @returns crates by name, then version: `{ name, version, license, folder }`
 */
export function findLinkedCrates(crate, triples) {
  const words = ["--locked", "--manifest-path", join(crate, "Cargo.toml")];
  const read = (command) => execFileSync("cargo", [...command, ...words], { encoding: "utf8", maxBuffer: 2 ** 28 });
  const listTree = (triple) => {
    const target = triple === undefined ? [] : ["--target", triple];
    const tree = read(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", ...target]);
    return tree.split("\n").map((line) => line.split(" ", 2).join(" "));
  };
  const { packages } = JSON.parse(read(["metadata", "--format-version", "1"]));
  const linked = new Set(triples.flatMap((triple) => listTree(triple)));
  return packages
    .filter(({ name, version, source }) => source !== null && linked.has(`${name} v${version}`))
    .map(({ name, version, license, manifest_path }) => ({ name, version, license, folder: dirname(manifest_path) }))
    .sort((one, other) => (`${one.name} ${one.version}` < `${other.name} ${other.version}` ? -1 : 1));
}

/** Formats the licence notices of the crates. Equal texts appear once, with all crates under them. */
export function formatCrateLicenses(crates) {
  const namesByText = new Map();
  for (const { name, version, license, folder } of crates) {
    // QuickJS is in a folder of its crate.
    const folders = ["", "quickjs"].filter((inner) => existsSync(join(folder, inner)));
    const files = folders
      .flatMap((inner) => readdirSync(join(folder, inner)).map((file) => join(inner, file)))
      .filter((file) => /^(?:licen[cs]e|copying|notice|copyright)/i.test(basename(file)));
    const texts = files.sort().flatMap((file) => readTexts(join(folder, file)));
    const text = texts.length === 0 ? `(no licence file; the crate is licensed as ${license})` : texts.join("\n\n");
    namesByText.set(text, [...(namesByText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  return [...namesByText].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`).join(`\n${"-".repeat(80)}\n\n`);
}

function readTexts(path) {
  try {
    return [readFileSync(path, "utf8").trim()];
  } catch {
    return readdirSync(path)
      .sort()
      .map((file) => readFileSync(join(path, file), "utf8").trim());
  }
}
