import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface Answering {
  /** `http://127.0.0.1:40123` */
  url: string;
  /** What came, oldest first. */
  requests: { method: string; path: string; headers: IncomingMessage["headers"]; body: string }[];
  close(): Promise<void>;
}

/** A server on loopback that answers every request the same way; `hang` never answers. */
export async function answering(
  reply: { status?: number; type?: string; body?: string; headers?: Record<string, string> } | "hang",
  tls?: { key: string; cert: string },
): Promise<Answering> {
  const requests: Answering["requests"] = [];
  const listener: RequestListener = (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      requests.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body });
      if (reply === "hang") return;
      response.writeHead(reply.status ?? 200, { "content-type": reply.type ?? "application/json", ...reply.headers });
      response.end(reply.body ?? "{}");
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
