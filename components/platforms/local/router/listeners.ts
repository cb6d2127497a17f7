import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import type { DataPath, Entry, RequestKind } from "./dataPath";
import { ProxiedResponse } from "./proxiedResponse";
import { Refusal } from "./route";
import type { RouterSettings } from "./state";

/** Longer than the idle limit of common load balancers and clients, so that the router is not the side that closes. */
const KEEP_ALIVE_MS = 75_000;
const HEAD_TIMEOUT_MS = 60_000;
const CLOSE_IDLE_EVERY_MS = 50;

type Role = "public" | "preview" | "metrics";
export type Ports = Record<Role, number | null>;
type Metrics = (request: IncomingMessage, response: ServerResponse) => void;

/** A port the router listens on. */
class Listener {
  readonly sockets = new Set<Socket>();
  private closing = false;

  private constructor(
    readonly server: Server,
    readonly host: string,
    /** As it was asked for; 0 is any. */
    readonly wanted: number,
  ) {
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
  }

  /** @throws Refusal that names the port and why it cannot be had. */
  static bind(server: Server, host: string, port: number): Promise<Listener> {
    const listener = new Listener(server, host, port);
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        reject(new Refusal(409, describeBindError(error, host, port))),
      );
      server.listen({ host, port, backlog: 1024 }, () => {
        server.removeAllListeners("error");
        resolve(listener);
      });
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  isClosing(): boolean {
    return this.closing;
  }

  /** No new connections; each one open ends with the answer it waits for. Resolves when the last has ended. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    await new Promise<void>((resolve) => {
      const idle = setInterval(() => this.closeIdle(), CLOSE_IDLE_EVERY_MS);
      this.server.close(() => {
        clearInterval(idle);
        resolve();
      });
    });
  }

  private closeIdle(): void {
    this.server.closeIdleConnections();
    // To Node a connection that never sent anything is busy, for its head may be on the way.
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}

/** The public, the preview and the metrics port. */
export class Listeners {
  private open: Partial<Record<Role, Listener>> = {};
  private readonly leaving = new Set<Listener>();

  constructor(
    private readonly dataPath: DataPath,
    private readonly metrics: Metrics,
  ) {}

  get ports(): Ports {
    const port = (role: Role): number | null => this.open[role]?.port ?? null;
    return { public: port("public"), preview: port("preview"), metrics: port("metrics") };
  }

  /** Open connections of clients. */
  get sockets(): number {
    return [...Object.values(this.open), ...this.leaving].reduce((sum, { sockets }) => sum + sockets.size, 0);
  }

  /**
   * Binds what these settings need and is not bound yet. Nothing changes until the returned function is called with true;
   * with false the new ports are given up again. @throws Refusal when a port cannot be had; nothing is changed then.
   */
  async prepare(settings: RouterSettings): Promise<(use: boolean) => void> {
    const wanted: [Role, number | null][] = [
      ["public", settings.port],
      ["preview", settings.previewPort],
      ["metrics", settings.metricsPort],
    ];
    const next: Partial<Record<Role, Listener>> = {};
    const fresh: Listener[] = [];
    try {
      for (const [role, port] of wanted) {
        if (port === null) continue;
        const current = this.open[role];
        if (current?.host === settings.host && current.wanted === port) {
          next[role] = current;
          continue;
        }
        const listener = await Listener.bind(this.serverFor(role), settings.host, port);
        fresh.push(listener);
        next[role] = listener;
      }
    } catch (error) {
      await Promise.all(fresh.map((listener) => listener.close()));
      throw error;
    }
    return (use) => {
      if (!use) {
        for (const listener of fresh) void listener.close();
        return;
      }
      const old = Object.values(this.open).filter((listener) => !Object.values(next).includes(listener));
      this.open = next;
      for (const listener of old) this.leave(listener);
    };
  }

  /** Waits up to `graceMs` for what is under way, then cuts it. */
  async close(graceMs: number): Promise<void> {
    for (const listener of Object.values(this.open)) this.leave(listener);
    const cut = setTimeout(() => {
      for (const listener of this.leaving) listener.cut();
    }, graceMs);
    await Promise.all(
      [...this.leaving].map((listener) => new Promise((resolve) => listener.server.once("close", resolve))),
    );
    clearTimeout(cut);
  }

  private leave(listener: Listener): void {
    this.leaving.add(listener);
    void listener.close().then(() => this.leaving.delete(listener));
  }

  private serverFor(role: Role): Server {
    return role === "metrics" ? createServer(this.metrics) : this.proxyServer(role);
  }

  private proxyServer(entry: Entry): Server {
    const { dataPath } = this;
    const server: Server<typeof IncomingMessage, typeof ProxiedResponse> = createServer({
      ServerResponse: ProxiedResponse,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEAD_TIMEOUT_MS,
      requestTimeout: 0, // an upload may take as long as it takes
      highWaterMark: 64 * 1024,
      noDelay: true,
    });
    const closing = (): boolean => !server.listening;
    const handle = (request: IncomingMessage, response: ProxiedResponse, kind: RequestKind): void => {
      if (closing()) response.shouldKeepAlive = false;
      dataPath.handle(request, response, entry, kind);
    };
    server.on("request", (request, response) => handle(request, response, "plain"));
    server.on("checkContinue", (request, response) => handle(request, response, "expects-continue"));
    server.on("upgrade", (request, socket, first) => {
      socket.on("error", () => socket.destroy());
      if (!(socket instanceof Socket)) return;
      if (request.method === "GET" && request.headers.upgrade?.toLowerCase() === "websocket")
        dataPath.upgrade(request, socket, first, entry);
      else withoutUpgrade(server, request, socket, first);
    });
    return server as Server;
  }
}

/**
 * An upgrade other than to a websocket is an offer that a server may ignore (Java's client offers h2c with each first
 * request): the request is read once more without the offer, body and all.
 */
function withoutUpgrade(
  server: Server<typeof IncomingMessage, typeof ProxiedResponse>,
  request: IncomingMessage,
  socket: Socket,
  first: Buffer,
): void {
  let head = `${request.method ?? "GET"} ${request.url ?? "/"} HTTP/1.1\r\n`;
  const raw = request.rawHeaders;
  for (let i = 0; i < raw.length; i += 2)
    if (!["upgrade", "connection", "http2-settings"].includes((raw[i] ?? "").toLowerCase()))
      head += `${raw[i]}: ${raw[i + 1]}\r\n`;
  if (first.length > 0) socket.unshift(first);
  socket.unshift(Buffer.from(`${head}\r\n`, "latin1"));
  server.emit("connection", socket);
}

function describeBindError(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `port ${port} on ${host} is in use. Stop what listens there, or configure another port.`;
    case "EACCES":
      return `port ${port} on ${host} needs rights that this user does not have. Configure a port above 1023.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine.`;
    default:
      return `port ${port} on ${host} cannot be listened on: ${error.message}`;
  }
}
