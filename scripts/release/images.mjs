// The images of a release: one of each edition that was built for Linux, for all processors that it was built for.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fetchCLibrary } from "./image-base.mjs";
import { makeImage } from "./image.mjs";
import { description, linuxArchitectures, manifest, root, version } from "./paths.mjs";

/** Editions by the ending of their files' names: what their images say and contain. */
const editions = {
  "": {
    title: manifest.name,
    description,
    command: "--help",
    // Bun links to the first four. The others are names from older C libraries, which PKCS#11 modules may still need.
    libraries: [
      "libc.so.6",
      "libm.so.6",
      "libdl.so.2",
      "libpthread.so.0",
      "librt.so.1",
      "libresolv.so.2",
      "libnss_dns.so.2",
      "libnss_files.so.2",
    ],
    bill: "-standalone.cdx.json",
    licenses: () => join(root, "dist/THIRD-PARTY-LICENSES.txt"),
  },
  "-lean": {
    title: `${manifest.name}, lean edition (experimental)`,
    description:
      "Trade an X.509 certificate for temporary AWS credentials: credential-process of IAM Roles Anywhere, alone",
    command: "credential-process",
    libraries: ["libc.so.6", "libm.so.6"],
    bill: "-lean.cdx.json",
    licenses: (start) => `${start}-lean-THIRD-PARTY-LICENSES.txt`,
  },
};

/** Makes the images from the files in `folder`. */
export function makeImages(folder, project) {
  const start = join(folder, `rolesanywhere-ts-${version}`);
  const bases = new Map();
  const baseOf = (architecture) => {
    if (!bases.has(architecture)) bases.set(architecture, fetchCLibrary(architecture));
    return bases.get(architecture);
  };
  for (const [ending, { bill, licenses, ...said }] of Object.entries(editions)) {
    const files = Object.keys(linuxArchitectures).map((processor) => [
      processor,
      `${start}${ending}-linux-${processor}`,
    ]);
    const executables = Object.fromEntries(files.filter(([, file]) => existsSync(file)));
    if (Object.keys(executables).length === 0) continue;
    const papers = { "THIRD-PARTY-LICENSES.txt": licenses(start), "sbom.cdx.json": `${start}${bill}` };
    makeImage(
      { ...said, tag: `${version}${ending}`, executables, papers },
      baseOf,
      `${start}${ending}-image.tar`,
      project,
    );
  }
}
