import { describe, expect, test } from "vitest";
import { createServiceManager, parseReceivedSockets } from "../../../src/delivery/metadata-server/service-manager.js";
import { openNotifySocket } from "../../support/notify-socket.js";
import { requireTools } from "../../support/tools.js";

describe("parseReceivedSockets", () => {
  test("takes the sockets meant for this process", () => {
    expect(parseReceivedSockets({ LISTEN_PID: "42", LISTEN_FDS: "2" }, 42)).toEqual([
      { kind: "descriptor", descriptor: 3 },
      { kind: "descriptor", descriptor: 4 },
    ]);
  });

  test.each([
    [{}],
    [{ LISTEN_PID: "41", LISTEN_FDS: "1" }],
    [{ LISTEN_PID: "42", LISTEN_FDS: "x" }],
    [{ LISTEN_PID: "42" }],
  ])("takes none from %j", (variables) => {
    expect(parseReceivedSockets(variables, 42)).toEqual([]);
  });
});

describe("createServiceManager", () => {
  test("does nothing where no service manager waits", async () => {
    expect(await createServiceManager({ PATH: "/nowhere" }).notify("READY=1")).toBeUndefined();
  });

  test("says when the message cannot be delivered", async () => {
    const manager = createServiceManager({ PATH: "/nowhere", NOTIFY_SOCKET: "/nowhere" });
    expect(await manager.notify("READY=1")).toBe("ENOENT");
  });

  test.skipIf(!requireTools("readiness told to systemd", "python3", "systemd-notify"))(
    "sends the lines to the service manager's socket",
    async () => {
      const socket = await openNotifySocket();
      const manager = createServiceManager({ PATH: process.env["PATH"], NOTIFY_SOCKET: socket.path });
      expect(await manager.notify("READY=1", "STATUS=serving reader")).toBeUndefined();
      expect(await socket.message).toContain("READY=1\nSTATUS=serving reader");
    },
  );
});
