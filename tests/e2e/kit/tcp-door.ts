import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpDoor {
  readonly port: number;
  /** Ends what goes through, lets nothing new in. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

/** A way to a server that can be shut and opened: to whoever goes through it, the server is away. */
export async function openTcpDoor(target: { readonly host: string; readonly port: number }): Promise<TcpDoor> {
  const sockets = new Set<Socket>();
  let isShut = false;
  const server = createServer((client) => {
    if (isShut) return void client.destroy();
    const upstream = connect(target);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    shut() {
      isShut = true;
      end();
    },
    open() {
      isShut = false;
    },
    close: () => {
      end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The same address, through a door. */
export async function throughDoor(address: string): Promise<{ readonly door: TcpDoor; readonly address: string }> {
  const url = new URL(address);
  const door = await openTcpDoor({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(door.port);
  return { door, address: url.href.replace(/\/$/, '') };
}
