// Compiles kernel/ from AssemblyScript to WebAssembly and writes it into src/, where it is committed, so that builds and
// installations need no compiler. A test compares the two.
//
//   node scripts/build-kernel.mjs            after a change of kernel/
//   node scripts/build-kernel.mjs --check    fails when the committed code is not what kernel/ compiles to
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { main } from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const kernelCodePath = join(root, "src/readers/kernel/code.ts");

/** @returns {Promise<string>} The source of the module that contains the compiled kernel. */
async function compileKernel() {
  let code;
  const complaints = [];
  const { error } = await main(
    [
      "kernel/index.ts",
      "--outFile",
      "kernel.wasm",
      "-O3",
      "--converge",
      "--noAssert",
      "--runtime",
      "stub",
      "--use",
      "abort=",
      "--enable",
      "simd",
    ],
    {
      baseDir: root,
      stderr: { write: (line) => complaints.push(line) },
      writeFile: (_name, contents) => {
        code = contents;
      },
    },
  );
  if (error !== null) throw new Error(complaints.join(""), { cause: error });
  const lines = Buffer.from(code)
    .toString("base64")
    .match(/.{1,100}/g);
  return `// Written by scripts/build-kernel.mjs from kernel/.\nexport const kernelCode =\n${lines.map((line) => `  "${line}"`).join(" +\n")};\n`;
}

const text = await compileKernel();
if (!process.argv.includes("--check")) writeFileSync(kernelCodePath, text);
else if (readFileSync(kernelCodePath, "utf8") !== text) {
  console.error("src/readers/kernel/code.ts is stale: run node scripts/build-kernel.mjs");
  process.exitCode = 1;
}
