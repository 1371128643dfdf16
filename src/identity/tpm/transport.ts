import { existsSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { once } from "node:events";
import { IdentityError, systemCode } from "../../errors.js";

/** Sends one command to a TPM and returns its response. */
export interface TpmTransport {
  exchange(command: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Bytes; TPM responses are smaller. */
const maxResponse = 4096;
const headerLength = 10;
const timeoutMs = 30_000;

/**
 * Opens the TPM that `TPM_DEVICE` names unless it is empty, else the kernel's resource-managed device, else the plain
 * one.
 *
 * @param named A device, the path of a socket (perhaps after `unix:`), or `tcp:HOST:PORT`.
 * @throws IdentityError `ERR_KEY`
 */
export async function openTpm(named: string | undefined): Promise<TpmTransport> {
  const place = named !== undefined && named !== "" ? named : existsSync("/dev/tpmrm0") ? "/dev/tpmrm0" : "/dev/tpm0";
  try {
    const tcp = /^tcp:(?:\/\/)?(.+):(\d{1,5})$/.exec(place);
    if (tcp !== null) return await openSocket(createConnection({ host: tcp[1] ?? "", port: Number(tcp[2]) }), place);
    const path = place.replace(/^unix:(?:\/\/(?=\/))?/, "");
    if (path !== place || statSync(path).isSocket()) return await openSocket(createConnection({ path }), place);
    return await openDevice(path);
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const reason = systemCode(error);
    throw new IdentityError("ERR_KEY", `cannot open the TPM at ${place}: ${reason}`, {
      cause: error,
      hints: [
        reason === "EACCES"
          ? "add this user to the group of the device, usually tss"
          : "name the device or socket in the environment variable TPM_DEVICE",
      ],
    });
  }
}

async function openDevice(path: string): Promise<TpmTransport> {
  const device = await open(path, "r+");
  return {
    exchange: async (command) => {
      await device.write(command);
      const response = Buffer.alloc(maxResponse);
      const { bytesRead } = await device.read(response, 0, maxResponse, null);
      return response.subarray(0, bytesRead);
    },
    close: () => device.close(),
  };
}

async function openSocket(socket: Socket, place: string): Promise<TpmTransport> {
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error("timed out")));
  await once(socket, "connect");
  return {
    exchange: (command) => exchangeOverSocket(socket, command, place),
    close: async () => {
      socket.end();
      socket.destroy();
    },
  };
}

function exchangeOverSocket(socket: Socket, command: Uint8Array, place: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const done = (settle: () => void) => {
      socket.removeListener("data", onData).removeListener("error", onEnd).removeListener("close", onEnd);
      settle();
    };
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < headerLength) return;
      const length = received.readUInt32BE(2);
      if (length > maxResponse) onEnd();
      else if (received.length >= length) done(() => resolve(received.subarray(0, length)));
    };
    const onEnd = () =>
      done(() =>
        reject(
          new IdentityError("ERR_KEY", `the TPM at ${place} broke off the exchange`, {
            hints: ["check that it speaks TPM 2.0 commands without further framing, as swtpm socket does"],
          }),
        ),
      );
    socket.on("data", onData).on("error", onEnd).on("close", onEnd);
    socket.write(command);
  });
}
