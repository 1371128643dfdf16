import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { createScratch } from "./scratch.js";

/** Proxy in front of a TPM's socket that notes the code of each command that the TPM executed or refused. */
export interface CountingTpm {
  readonly device: string;
  /** Returns how many commands with this code passed, such as 0x15d for TPM2_Sign. */
  readonly count: (code: number) => number;
  readonly stop: () => void;
}

/** TPM_RC_RETRY */
const askAgain = 0x922;

export async function countCommands(device: string): Promise<CountingTpm> {
  const codes: number[] = [];
  const path = join(createScratch("counting"), "tpm");
  const server = createServer((client) => {
    const tpm = createConnection(device);
    let asked = 0;
    client.on("data", (command: Buffer) => {
      asked = command.readUInt32BE(6);
      tpm.write(command);
    });
    tpm.on("data", (response: Buffer) => {
      // A TPM that must first record the use of a password asks for the same command again, before doing anything.
      if (response.readUInt32BE(6) !== askAgain) codes.push(asked);
      client.write(response);
    });
    for (const [one, other] of [
      [client, tpm],
      [tpm, client],
    ] as const)
      one.on("close", () => other.destroy()).on("error", () => other.destroy());
  }).listen(path);
  await once(server, "listening");
  return {
    device: path,
    count: (code) => codes.filter((seen) => seen === code).length,
    stop: () => void server.close(),
  };
}
