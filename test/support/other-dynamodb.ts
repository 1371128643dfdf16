import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort } from "./free-port.js";
import { callDynamoDb } from "./dynamodb-server.js";
import type { DynamoDbServer } from "./dynamodb-server.js";
import { createScratch } from "./scratch.js";

/** Starts moto's server, which formats JSON with Python's spacing and accepts everything. */
export const startMoto = (): Promise<DynamoDbServer> =>
  startProcess((port) => ["python3", "-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)]);

/**
 * Finds the folder of DynamoDB Local: `DYNAMODB_LOCAL_DIR`, else that of the npm package `amplify-dynamodb-simulator`
 * if installed.
 */
export function findDynamoDbLocal(): string | undefined {
  const candidates = [process.env["DYNAMODB_LOCAL_DIR"], installedWithNpm()];
  return candidates.find((folder) => folder !== undefined && existsSync(join(folder, "DynamoDBLocal.jar")));
}

function installedWithNpm(): string | undefined {
  try {
    const found = createRequire(import.meta.url).resolve("amplify-dynamodb-simulator/package.json");
    return join(dirname(found), "emulator");
  } catch {
    return undefined;
  }
}

/** Starts Amazon's own emulator, in memory. */
export const startDynamoDbLocal = (folder: string): Promise<DynamoDbServer> =>
  startProcess((port) => [
    "java",
    `-Djava.library.path=${join(folder, "DynamoDBLocal_lib")}`,
    "-jar",
    join(folder, "DynamoDBLocal.jar"),
    "-inMemory",
    "-sharedDb",
    "-port",
    String(port),
  ]);

async function startProcess(command: (port: number) => readonly string[]): Promise<DynamoDbServer> {
  const port = await freePort();
  const [program = "", ...words] = command(port);
  const child = spawn(program, words, { stdio: "ignore", cwd: createScratch("server") });
  const gone = once(child, "close").then(() => Promise.reject(new Error(`${program} ended at once`)));
  gone.catch(() => undefined);
  const call = (operation: string, input: unknown) => callDynamoDb(port, operation, input);
  await Promise.race([gone, untilAnswering(call)]);
  return {
    port,
    call,
    async close() {
      child.kill();
      await gone.catch(() => undefined);
    },
  };
}

async function untilAnswering(call: DynamoDbServer["call"]): Promise<void> {
  for (;;) {
    try {
      await call("ListTables", {});
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
