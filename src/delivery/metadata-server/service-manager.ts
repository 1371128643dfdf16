import { spawn } from "node:child_process";
import type { ListenAddress } from "./listen-address.js";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Returns the listening sockets that systemd opened for this process, starting at descriptor 3.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
 */
export function parseReceivedSockets(variables: Variables, processId: number): readonly ListenAddress[] {
  const { LISTEN_PID, LISTEN_FDS } = variables;
  if (LISTEN_PID !== String(processId) || LISTEN_FDS === undefined || !/^\d{1,4}$/.test(LISTEN_FDS)) return [];
  return Array.from({ length: Number(LISTEN_FDS) }, (_, index) => ({ kind: "descriptor", descriptor: 3 + index }));
}

/** Reports this program's state to systemd. */
export interface ServiceManager {
  /** @param lines Such as `READY=1` and `STATUS=…`. Resolves to the reason if they could not be delivered. */
  notify(...lines: readonly string[]): Promise<string | undefined>;
}

/**
 * systemd listens on a unix datagram socket, which Node.js does not support. The program `systemd-notify`, which comes
 * with systemd, sends the message instead. It is a separate process, so the unit needs `NotifyAccess=all`. Without
 * `NOTIFY_SOCKET`, nothing is run.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 */
export function createServiceManager(variables: Variables): ServiceManager {
  const { NOTIFY_SOCKET, PATH } = variables;
  if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === "") return { notify: async () => undefined };
  return {
    notify: (...lines) =>
      new Promise((resolve) => {
        const child = spawn("systemd-notify", lines, {
          env: { NOTIFY_SOCKET, PATH },
          stdio: "ignore",
          timeout: 10_000,
        });
        child.once("error", (error) => resolve((error as NodeJS.ErrnoException).code ?? error.message));
        child.once("exit", (status, signal) => resolve(status === 0 ? undefined : `status ${status ?? signal}`));
      }),
  };
}
