// The same library in a CommonJS module: what Node.js 20.19 and later can require, TypeScript takes with `nodenext`.
import library = require("rolesanywhere-ts");
import signing = require("rolesanywhere-ts/sign");

const { fromRolesAnywhere, startEmulator } = library;

async function main(): Promise<void> {
  const emulator = await startEmulator();
  const { accessKeyId } = await fromRolesAnywhere(emulator.providerOptions)();
  await emulator.close();
  process.stdout.write(JSON.stringify([accessKeyId.slice(0, 4), signing.signRequest === library.signRequest]));
}

void main();
