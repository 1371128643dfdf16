import { NetworkError, UsageError } from "../errors.js";
import { RemoteHostError } from "./start-emulator.js";
import { message, perSurface, setting } from "../message.js";
import type { EmulatorOptions } from "./start-emulator.js";

/** Explains why an emulator did not start. Unexpected errors stay unchanged. */
export function explainStartFailure(error: unknown, { host, port, folder }: EmulatorOptions): unknown {
  if (error instanceof RemoteHostError) {
    return new UsageError(
      "ERR_ARGUMENT",
      message`${setting("listen")} ${host ?? ""} is an address that other machines can reach`,
      {
        hints: [message`listen on 127.0.0.1, or add ${setting("allow-remote", true)} if that is intended`],
      },
    );
  }
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === "listen" || syscall === "getaddrinfo") {
    return new NetworkError("ERR_CONNECTION", `cannot listen on ${host ?? "127.0.0.1"}:${port ?? 0}: ${code}`, {
      cause: error,
      hints: [
        perSurface({
          commandLine: "give --listen 127.0.0.1:0 for a free port",
          library: "leave port out for a free one",
        }),
      ],
    });
  }
  if (code === undefined || path === undefined) return error;
  return new UsageError("ERR_OUTPUT", `cannot use folder ${folder ?? "(temporary)"}: ${code} at ${path}`, {
    cause: error,
    hints: [message`choose a writable folder with ${setting("dir")}`],
  });
}
