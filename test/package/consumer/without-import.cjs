// Loads CommonJS as Jest does by default: in a VM that offers no import().
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname } = require("node:path");
const { Script } = require("node:vm");

const loaded = new Map();

function load(file) {
  const known = loaded.get(file);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  loaded.set(file, module);
  const outer = createRequire(file);
  const resolve = (name) => {
    const path = outer.resolve(name);
    return name.startsWith(".") ? load(path) : outer(name);
  };
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "utf8")}\n})`;
  new Script(wrapped, { filename: file }).runInThisContext()(module.exports, resolve, module, file, dirname(file));
  return module.exports;
}

async function main() {
  const folder = `${dirname(require.resolve("rolesanywhere-ts/package.json"))}/dist/lib/cjs`;
  const { fromRolesAnywhere, startEmulator } = load(`${folder}/index.js`);
  const emulator = await startEmulator();
  const { accessKeyId } = await fromRolesAnywhere(emulator.providerOptions)();
  await emulator.close();
  process.stdout.write(accessKeyId.slice(0, 4));
}

void main();
