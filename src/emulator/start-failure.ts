import { NetworkError, UsageError } from "../errors.js";
import type { EmulatorOptions } from "./start-emulator.js";

/** Why an emulator did not start, in words; anything unexpected stays as it is. */
export function explainStartFailure(error: unknown, { host, port, folder }: EmulatorOptions): unknown {
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === "listen" || syscall === "getaddrinfo") {
    return new NetworkError("ERR_CONNECTION", `could not listen on ${host ?? "127.0.0.1"}:${port ?? 0}: ${code}`, {
      cause: error,
      hints: ["give --listen 127.0.0.1:0 for a free port"],
    });
  }
  if (code === undefined || path === undefined) return error;
  return new UsageError("ERR_OUTPUT", `could not use folder ${folder ?? "(temporary)"}: ${code} at ${path}`, {
    cause: error,
    hints: ["give --dir a folder that you may write to"],
  });
}
