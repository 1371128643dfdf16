// A project with the built package installed, for the code that pages show.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsc = join(root, "node_modules/typescript/bin/tsc");

export interface CodeProject {
  readonly folder: string;
  /** Checks all modules under the strictest settings; returns the compiler's output. */
  compile(modules: ReadonlyMap<string, string>, moduleResolution: "nodenext" | "bundler"): string;
  /** Writes a module as JavaScript; returns its path. */
  transpile(name: string, source: string): string;
  remove(): void;
}

export function createCodeProject(): CodeProject {
  // Below node_modules, so that the SDK's packages are found like an application's.
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "rolesanywhere-ts-pages-"));
  const installed = join(folder, "node_modules", "rolesanywhere-ts");
  const built = join(installed, "dist", "lib");
  mkdirSync(built, { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  for (const name of readdirSync(join(root, "dist/lib"))) {
    if (name !== "types") symlinkSync(join(root, "dist/lib", name), join(built, name));
  }
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", join(built, "types")], { cwd: root });
  return {
    folder,
    compile(modules, moduleResolution) {
      for (const [name, source] of modules) writeFileSync(join(folder, name), source);
      const compilerOptions = {
        strict: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: true,
        target: "es2023",
        lib: ["es2023", "esnext.disposable"],
        module: moduleResolution === "bundler" ? "esnext" : "nodenext",
        moduleResolution,
        moduleDetection: "force",
        types: ["node"],
      };
      writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [...modules.keys()] }));
      return spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { encoding: "utf8" }).stdout;
    },
    transpile(name, source) {
      const path = join(folder, name.replace(/\.ts$/, ".mjs"));
      writeFileSync(path, transformSync(source, { loader: "ts", format: "esm", target: "node20" }).code);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
