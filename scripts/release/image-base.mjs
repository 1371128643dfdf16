// The base of the images: only the C library of Debian, which executables are linked to. apt fetches it for each
// architecture, verifies its signature, and does not change the machine's own packages.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { run, sha256 } from "./paths.mjs";

/** The dynamic loader, and what it loads. */
const library = /^(?:ld-linux-[\w-]+|lib\w+)\.so\.\d+$/;

/**
 * @typedef {object} Base
 * @property {{ name: string, version: string, sha256: string }} package
 * @property {ReadonlyMap<string, Buffer>} libraries All of the package, by file name.
 * @property {Buffer} copyright
 *
 * @param {"amd64" | "arm64"} architecture
 * @returns {Base}
 */
export function fetchCLibrary(architecture) {
  const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-base-"));
  try {
    const deb = download(folder, architecture);
    const bytes = readFileSync(deb);
    const tree = join(folder, "tree");
    run("dpkg-deb", ["--extract", deb, tree]);
    const libraries = new Map();
    for (const file of readdirSync(tree, { recursive: true, withFileTypes: true })) {
      if (file.isFile() && library.test(file.name))
        libraries.set(file.name, readFileSync(join(file.parentPath, file.name)));
    }
    const [name, version] = basename(deb, ".deb").split("_");
    return {
      package: { name, version: decodeURIComponent(version), sha256: sha256(bytes) },
      libraries,
      copyright: readFileSync(join(tree, "usr/share/doc/libc6/copyright")),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Downloads with apt, under separate state, for any architecture. */
function download(folder, architecture) {
  for (const name of ["state/lists/partial", "cache/archives/partial"])
    mkdirSync(join(folder, name), { recursive: true });
  const status = join(folder, "status");
  writeFileSync(status, "");
  const settings = [
    `Dir::State=${join(folder, "state")}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${join(folder, "cache")}`,
    `APT::Architecture=${architecture}`,
    `APT::Architectures::=${architecture}`,
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
  ].flatMap((setting) => ["-o", setting]);
  run("apt-get", [...settings, "-qq", "update"], { cwd: folder });
  run("apt-get", [...settings, "-qq", "download", "libc6"], { cwd: folder });
  const deb = readdirSync(folder).find((name) => name.endsWith(".deb"));
  if (deb === undefined) throw new Error(`apt fetched no libc6 for ${architecture}`);
  return join(folder, deb);
}
