import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { createScratch } from "./scratch.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles a module of TypeScript source, which may import from `./src`, into a file for a separate process. */
export async function bundleModule(source: string): Promise<string> {
  const outfile = join(createScratch("module"), "main.mjs");
  await build({
    stdin: { contents: source, loader: "ts", resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
  });
  return outfile;
}
