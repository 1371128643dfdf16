import { once } from "node:events";
import { createServer } from "node:net";

/** Systems assign ports above this range for `listen(0)` and for connections. */
const [lowest, highest] = [10_240, 32_000];

/**
 * Finds a free port for a program that needs a fixed one. Avoids those that the system assigns: before the program
 * starts, another test's server could get it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer().listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
