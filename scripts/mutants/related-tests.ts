import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** Finds test files that run one of these sources in-process, by their imports; those of the executable do not. */
export async function findTests(root: string, sources: ReadonlySet<string>): Promise<readonly string[]> {
  const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `test/${name}`)
    .sort();
  const imports = await importsOf(root, tests);
  return tests.filter((test) => {
    const reached = reach(test, imports);
    const runsSources = [...reached].some((file) => sources.has(file));
    return (
      runsSources && !["test/support/run-cli.ts", "test/support/package-build.ts"].some((file) => reached.has(file))
    );
  });
}

async function importsOf(root: string, tests: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...tests],
    outdir: "out",
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "silent",
    define: { ROLESANYWHERE_TS_VERSION: '"0"' },
  });
  return new Map(
    Object.entries(metafile.inputs).map(([file, { imports }]) => [
      file,
      imports.filter(({ external }) => external !== true).map(({ path }) => path),
    ]),
  );
}

function reach(start: string, imports: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    open.push(...(imports.get(file) ?? []));
  }
  return seen;
}
