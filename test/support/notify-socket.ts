import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createScratch } from "./scratch.js";

const receiver = `
import socket, sys
receiving = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiving.bind(sys.argv[1])
print("bound", flush=True)
receiving.settimeout(30)
print(receiving.recv(4096).decode(), flush=True)
# systemd-notify then sends a descriptor and waits until it is closed; without a receiver it would fail.
receiving.settimeout(5)
try:
    receiving.recv(4096)
except TimeoutError:
    pass
`;

/** Socket on which a service manager waits for messages; needs Python, since Node.js has no such sockets. */
export interface NotifySocket {
  readonly path: string;
  /** The first message. */
  readonly message: Promise<string>;
}

export async function openNotifySocket(): Promise<NotifySocket> {
  const path = join(createScratch("notify"), "socket");
  const child = spawn("python3", ["-c", receiver, path], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const message = once(child, "close").then(() => output.replace("bound\n", ""));
  await once(child.stdout, "data");
  return { path, message };
}
