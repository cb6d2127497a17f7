import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A web server on a free port of this machine that keeps what it was asked. */
export class WebServer {
  readonly seen: Seen[] = [];

  private constructor(private readonly server: Server) {}

  /** `answer` is called for each request, with its body read. One that never answers leaves the response alone. */
  static async start(answer: (seen: Seen, response: ServerResponse, count: number) => void): Promise<WebServer> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const seen = { method, path: url, headers, body: Buffer.concat(parts).toString() };
        web.seen.push(seen);
        answer(seen, response, web.seen.length);
      });
    });
    const web = new WebServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return web;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

/** Web servers that are stopped after each test of the suite that this is called in. */
export function webServers(): typeof WebServer.start {
  const started: WebServer[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
  });
  return async (answer) => {
    const server = await WebServer.start(answer);
    started.push(server);
    return server;
  };
}
