import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { z } from "zod";
import { Refusal } from "./route";
import type { RouterLog } from "./routerLog";
import type { RouteState } from "./state";

const LONGEST_BODY = 1_000_000;

/** What a verb of the control API gets. */
export interface ControlCall {
  /** Parts of the path that the route left open. */
  parameter: string;
  body: unknown;
  /** Fires when the caller goes away before the answer. */
  signal: AbortSignal;
}
type Verb = (call: ControlCall) => unknown;

/** `METHOD /path` to what it does; a path that ends in `/` takes one more part as its parameter. */
export type ControlTable = Record<string, Verb>;

/** JSON over HTTP for the unix socket. A verb's return value is the answer; text is sent as it is. */
export function controlServer(table: ControlTable, live: () => RouteState, log: RouterLog): Server {
  return createServer((request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    answer(table, request, gone.signal)
      .then((result) =>
        typeof result === "string"
          ? send(response, 200, result, "text/plain; version=0.0.4")
          : sendJson(response, 200, result),
      )
      .catch((error: unknown) => {
        if (error instanceof Refusal) {
          sendJson(response, error.status, { error: error.message, ...(error.status === 409 ? { live: live() } : {}) });
          return;
        }
        log.error(
          `${request.method ?? ""} ${request.url ?? ""} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        sendJson(response, 500, { error: error instanceof Error ? error.message : String(error) });
      });
  });
}

/** Checks a body. @throws Refusal that names each wrong key. */
export function checked<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error));
  return parsed.data;
}

async function answer(table: ControlTable, request: IncomingMessage, signal: AbortSignal): Promise<unknown> {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const body = await readBody(request);
  const exact = table[`${request.method ?? ""} ${path}`];
  if (exact !== undefined) return exact({ parameter: "", body, signal });
  const cut = path.lastIndexOf("/") + 1;
  const open = table[`${request.method ?? ""} ${path.slice(0, cut)}`];
  if (open === undefined) throw new Refusal(404, `no such call: ${request.method ?? ""} ${path}`);
  return open({ parameter: path.slice(cut), body, signal });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new Refusal(413, `a body may have ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new Refusal(400, `the body is not JSON: ${(error as Error).message}`);
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, `${JSON.stringify(value)}\n`, "application/json");
}

function send(response: ServerResponse, status: number, text: string, type: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
  response.end(text);
}
