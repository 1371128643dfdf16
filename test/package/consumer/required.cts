// The same library in a CommonJS module.
import library = require("rolesanywhere-ts");
import signing = require("rolesanywhere-ts/sign");

const { fromRolesAnywhere, startEmulator, UsageError } = library;

function nameOfRefusal(): string {
  try {
    fromRolesAnywhere({ trustAnchorArn: "arn:aws:s3:::bucket" } as Parameters<typeof fromRolesAnywhere>[0]);
    return "";
  } catch (error) {
    return error instanceof UsageError ? error.name : String(error);
  }
}

async function main(): Promise<void> {
  const emulator = await startEmulator();
  const { accessKeyId } = await fromRolesAnywhere(emulator.providerOptions)();
  await emulator.close();
  const imported = await import("rolesanywhere-ts");
  process.stdout.write(
    JSON.stringify([
      accessKeyId.slice(0, 4),
      signing.signRequest === library.signRequest,
      nameOfRefusal(),
      Object.is(imported.UsageError, UsageError),
    ]),
  );
}

void main();
