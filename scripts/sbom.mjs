// Writes the software bill of materials of a build, in CycloneDX: packages bundled into the executable and the library, and
// optional ones. usage: node scripts/sbom.mjs FILE [--standalone | --lean]
//
// Run it after a build. CycloneDX's tool reads esbuild's metafile; the result is validated against CycloneDX's schema. With
// --standalone it includes the runtime of standalone executables, with --lean the crates of the lean one.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { bunVersion } from "./standalone-runtime.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const words = process.argv.slice(2);
const file = words.find((word) => !word.startsWith("--"));
if (file === undefined) {
  console.error("usage: node scripts/sbom.mjs FILE [--standalone | --lean]");
  process.exit(2);
}

const bill = readBundled();
const [self] = bill.dependencies.filter(({ ref }) => ref === bill.metadata.component["bom-ref"]);
add(installedBeside("pkcs11js"));
if (words.includes("--standalone")) {
  const license = {
    license: { name: "MIT, and the licences of what Bun links", url: "https://bun.sh/docs/project/license" },
  };
  add({
    type: "framework",
    name: "bun",
    version: bunVersion,
    scope: "required",
    licenses: [license],
    purl: `pkg:npm/bun@${bunVersion}`,
  });
}
if (words.includes("--lean")) {
  for (const { name, version, license } of JSON.parse(readFileSync(join(root, "dist/lean/crates.json"), "utf8"))) {
    const licenses = license === null ? [] : [{ expression: license.replaceAll("/", " OR ") }];
    add({ type: "library", name, version, scope: "required", licenses, purl: `pkg:cargo/${name}@${version}` });
  }
}
const text = `${JSON.stringify(bill, undefined, 2)}\n`;
const faults = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
if (faults !== null) throw new Error(`the bill does not keep to its schema: ${JSON.stringify(faults)}`);
mkdirSync(dirname(resolve(file)), { recursive: true });
writeFileSync(file, text);

function readBundled() {
  const metafiles = ["metafile.json", "metafile-library.json"].map((name) =>
    JSON.parse(readFileSync(join(root, "dist", name), "utf8")),
  );
  const folder = mkdtempSync(join(tmpdir(), "rolesanywhere-ts-sbom-"));
  try {
    const merged = join(folder, "metafile.json");
    const members = (name) => Object.assign({}, ...metafiles.map((metafile) => metafile[name]));
    writeFileSync(merged, JSON.stringify(withoutOwn({ inputs: members("inputs"), outputs: members("outputs") })));
    const tool = fileURLToPath(import.meta.resolve("@cyclonedx/cyclonedx-esbuild"));
    const command = join(dirname(tool), "../bin/cyclonedx-esbuild-cli.js");
    const flags = ["--spec-version", "1.6", "--output-reproducible", "--mc-type", "application"];
    const output = execFileSync(process.execPath, [command, ...flags, "--build-working-dir", root, "-o", "-", merged], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 * 2 ** 20,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return JSON.parse(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes modules that the build generates: they are in a namespace and do not belong to a package. */
function withoutOwn({ inputs, outputs }) {
  const files = (record) => Object.fromEntries(Object.entries(record).filter(([path]) => !path.includes(":")));
  const kept = Object.entries(outputs).map(([path, output]) => [path, { ...output, inputs: files(output.inputs) }]);
  return { inputs: files(inputs), outputs: Object.fromEntries(kept) };
}

/** Describes an optional dependency from the lock file; the bundle contains none of it. */
function installedBeside(name) {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const { version, license } = packages[`node_modules/${name}`];
  return {
    type: "library",
    name,
    version,
    scope: "optional",
    licenses: [{ license: { id: license } }],
    purl: `pkg:npm/${name}@${version}`,
  };
}

function add(component) {
  const ref = `${component.name}@${component.version}`;
  bill.components.push({ ...component, "bom-ref": ref });
  bill.dependencies.push({ ref });
  self.dependsOn = [...(self.dependsOn ?? []), ref];
}
