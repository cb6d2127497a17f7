import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RouterClient } from "../../components/platforms/local/router/client";
import type { RouterLog } from "../../components/platforms/local/router/routerLog";
import { RouterProcess, controlSocketPath } from "../../components/platforms/local/router/routerProcess";
import { type Instance, type RouterSettingsInput, firstState } from "../../components/platforms/local/router/state";
import { StateFile } from "../../components/platforms/local/router/stateFile";
import { stopRouter } from "../../components/platforms/local/router/start";

export type AppHandler = (request: IncomingMessage, response: ServerResponse) => void;
const HOST = "127.0.0.1";

/** An application of a test: a server that can be asked where it listens. */
export interface App {
  server: Server;
  instance: Instance;
  sockets: Set<Socket>;
}

/** A router in this very process, with the applications behind it and a folder of its own. `close` leaves nothing behind. */
export class RouterRig {
  readonly dir = mkdtempSync(join(tmpdir(), "bluegreen-router-"));
  readonly logged: string[] = [];
  readonly client = new RouterClient(controlSocketPath(this.dir));
  router: RouterProcess | undefined;
  /** The public and the preview port, once it runs. */
  port = 0;
  preview = 0;
  private readonly apps: App[] = [];
  private readonly raws: Socket[] = [];

  /** Starts an application. It says its name unless a handler is given. */
  async app(name: string, handler?: AppHandler): Promise<App> {
    const server = createServer(
      handler ??
        ((request, response) => {
          request.resume();
          response.end(name);
        }),
    );
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const app = { server, sockets, instance: { host: HOST, port: (server.address() as AddressInfo).port } };
    this.apps.push(app);
    return app;
  }

  /** A port on which nobody listens: one that was just given back. */
  async deadInstance(): Promise<Instance> {
    const app = await this.app("gone");
    await new Promise((resolve) => app.server.close(resolve));
    return app.instance;
  }

  settings(more: Partial<RouterSettingsInput> = {}): RouterSettingsInput {
    return { service: "shop", port: 0, previewPort: 0, accessLog: false, ...more };
  }

  /** Starts the router with all weight on blue. */
  async start(
    slots: { blue?: Instance[]; green?: Instance[] },
    more: Partial<RouterSettingsInput> = {},
    weights = { blue: 100, green: 0 },
  ): Promise<void> {
    const initial = {
      weights,
      slots: {
        blue: { release: "blue-1", instances: slots.blue ?? [] },
        green: { release: "green-1", instances: slots.green ?? [] },
      },
    };
    await new StateFile(this.dir).write(firstState(this.settings(more), initial, new Date()));
    await this.open();
  }

  /** Opens the router on what its folder holds. */
  async open(): Promise<void> {
    const log: RouterLog = { info: (line) => this.logged.push(line), error: (line) => this.logged.push(line) };
    this.router = await RouterProcess.open(this.dir, log);
    const { ports } = await this.client.health();
    this.port = ports.public ?? 0;
    this.preview = ports.preview ?? 0;
  }

  url(path = "/", port = this.port): string {
    return `http://${HOST}:${port}${path}`;
  }

  /** Body of a GET on the public port, on a connection of its own. */
  async text(path = "/", headers: Record<string, string> = {}, port = this.port): Promise<string> {
    return (await fetch(this.url(path, port), { headers: { connection: "close", ...headers } })).text();
  }

  async switchTo(slot: "blue" | "green"): Promise<void> {
    const { revision } = await this.client.route();
    const weights = slot === "blue" ? { blue: 100, green: 0 } : { blue: 0, green: 100 };
    await this.client.writeRoute({ expectedRevision: revision, weights });
  }

  /** A bare connection to the public port: bytes in, bytes out. */
  async raw(port = this.port): Promise<RawConnection> {
    const socket = connect(port, HOST);
    this.raws.push(socket);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new RawConnection(socket);
  }

  async close(): Promise<void> {
    for (const socket of this.raws) socket.destroy();
    await this.router?.stop(0);
    for (const { server } of this.apps) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export class RawConnection {
  received = "";
  ended = false;

  constructor(readonly socket: Socket) {
    socket.on("data", (chunk: Buffer) => (this.received += chunk.toString("latin1")));
    socket.on("close", () => (this.ended = true));
    socket.on("error", () => (this.ended = true));
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }
}

/** A folder for a router in a process of its own, which `close` ends. */
export class RouterFolder {
  readonly dir = mkdtempSync(join(tmpdir(), "bluegreen-router-"));
  readonly client = new RouterClient(controlSocketPath(this.dir));

  async close(): Promise<void> {
    await stopRouter(this.dir, 0);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What a promise is refused with. @throws when it is not. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
