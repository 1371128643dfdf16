import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTable, putItems, startDynalite } from "../support/dynamodb-server.js";
import type { DynamoDbServer } from "../support/dynamodb-server.js";
import { cleanEnvironment, programWords } from "../support/run-cli.js";
import { requireTools } from "../support/tools.js";

/** Runs a command on a pseudo-terminal of 100 columns; gives all that a person would have been shown, as bytes came. */
const onTerminal = String.raw`
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    os.write(1, piece)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

const tools = requireTools("scan's bar on a real terminal", "python3");
let server: DynamoDbServer;

beforeAll(async () => {
  server = await startDynalite();
  await createTable(server, "orders");
  await putItems(
    server,
    "orders",
    Array.from({ length: 300 }, (_, index) => ({ pk: { S: `order-${index}` }, padding: { S: "p".repeat(8000) } })),
  );
});
afterAll(() => server.close());

describe.skipIf(!tools)("scan on a terminal", () => {
  it("draws one line over itself, removes it, and leaves the summary", async () => {
    const argv = [
      "scan",
      "orders",
      "--endpoint-url",
      `http://127.0.0.1:${server.port}`,
      "--max-rcu",
      "100",
      "--output",
      "/dev/null",
    ];
    const child = spawn("python3", ["-c", onTerminal, ...programWords(), ...argv], {
      env: cleanEnvironment({
        AWS_ACCESS_KEY_ID: "AKIATEST",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_REGION: "us-east-1",
      }),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let shown = "";
    for await (const piece of child.stdout) shown += String(piece);
    const drawn = shown.split("\r\u001b[K");
    const [start, ...bars] = drawn.slice(0, -1);
    expect(start).toBe("");
    expect(bars.length).toBeGreaterThan(2);
    for (const bar of bars.slice(0, -1)) {
      expect(bar).toMatch(/^scan: .*\d+ items.*, [\d,]+ items\/s.*, segments \d+ of \d+ done$/);
      expect(bar.length).toBeLessThan(100);
    }
    expect(drawn.at(-1)).toMatch(/^scan: 300 items[^\r\n]*\r\n$/);
  });
});
