import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import type { StopCounts } from "./supervisor";
import type { SupervisorStatus } from "./status";

const stopBody = z.strictObject({ deadlineMs: z.number().int().min(0) });
const restartBody = z.strictObject({ listenWithinMs: z.number().int().min(0) });

export interface ControlHandlers {
  status: () => SupervisorStatus;
  stop: (deadlineMs: number) => Promise<StopCounts>;
  restart: (listenWithinMs: number) => Promise<void>;
  /** Called when the answer to a stop has been sent. */
  afterStop: () => void;
}

/**
 * The supervisor's control interface, JSON over HTTP on a unix socket:
 * `GET /status`, `POST /stop {deadlineMs}`, `POST /restart {listenWithinMs}`.
 */
export function controlServer(handlers: ControlHandlers): Server {
  return createServer((request, response) => {
    handle(handlers, request, response).catch((error: unknown) => {
      const status = error instanceof z.ZodError || error instanceof SyntaxError ? 400 : 500;
      answer(response, status, { error: error instanceof z.ZodError ? z.prettifyError(error) : String(error) });
    });
  });
}

async function handle(handlers: ControlHandlers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (`${request.method ?? ""} ${request.url ?? ""}`) {
    case "GET /status": {
      answer(response, 200, handlers.status());
      return;
    }
    case "POST /stop": {
      const counts = await handlers.stop(stopBody.parse(await body(request)).deadlineMs);
      // The caller may have gone away meanwhile; the supervisor ends all the same.
      response.once("close", () => handlers.afterStop());
      answer(response, 200, counts);
      return;
    }
    case "POST /restart":
      await handlers.restart(restartBody.parse(await body(request)).listenWithinMs);
      {
        answer(response, 200, handlers.status());
        return;
      }
    default: {
      answer(response, 404, { error: "there are GET /status, POST /stop and POST /restart" });
      return;
    }
  }
}

async function body(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}");
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(value));
}
