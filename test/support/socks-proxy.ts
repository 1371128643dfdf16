import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface SocksProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** `HOST:PORT` of each connection, as requested. */
  readonly seen: string[];
  /** User and password of each. */
  readonly logins: string[];
}

export interface SocksProxyOptions {
  /** Port to which connections for a host go. */
  readonly portOf: (host: string, port: number) => number | undefined;
  readonly login?: string | undefined;
  /** Answers each request with this code instead. */
  readonly refuse?: number | undefined;
}

/** Starts a SOCKS5 proxy on loopback (RFC 1928, RFC 1929) that sends one byte per packet, to expose short reads. */
export async function startSocksProxy({ portOf, login, refuse }: SocksProxyOptions): Promise<SocksProxy> {
  const [seen, logins]: [string[], string[]] = [[], []];
  const open = new Set<Socket>();
  const serve = async (socket: Socket) => {
    const read = reader(socket);
    const say = async (...bytes: number[]) => {
      for (const byte of bytes) await new Promise((done) => socket.write(Uint8Array.of(byte), done));
    };
    const [, methods = 0] = await read(2);
    const offered = await read(methods);
    const method = login === undefined ? 0 : 2;
    if (!offered.includes(method)) return void (await say(5, 0xff), socket.end());
    await say(5, method);
    if (login !== undefined) {
      const user = await read((await read(2))[1] ?? 0);
      const password = await read((await read(1))[0] ?? 0);
      logins.push(`${user.toString()}:${password.toString()}`);
      await say(1, logins.at(-1) === login ? 0 : 1);
      if (logins.at(-1) !== login) return void socket.end();
    }
    const type = (await read(4))[3] ?? 0;
    const address = await read(type === 3 ? ((await read(1))[0] ?? 0) : type === 4 ? 16 : 4);
    const host = type === 3 ? address.toString("latin1") : type === 4 ? address.toString("hex") : address.join(".");
    const port = (await read(2)).readUInt16BE();
    seen.push(`${host}:${port}`);
    const target = portOf(host, port);
    const code = refuse ?? (target === undefined ? 4 : 0);
    await say(5, code, 0, 3, 4, 0x62, 0x6f, 0x6e, 0x64, 0, 1);
    if (code !== 0 || target === undefined) return void socket.end();
    const upstream = connect(target, "127.0.0.1");
    open.add(upstream);
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  };
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    serve(socket).catch(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    logins,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function reader(socket: Socket) {
  return async (length: number): Promise<Buffer> => {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes !== null) return bytes;
      await once(socket, "readable");
    }
  };
}
