import { type Dispatcher, Client } from "undici";
import type { Slot } from "../../../model/words";
import type { Drained, RouterHealth, SetSlot, Traffic, WriteRoute } from "./api";
import { socketAddress } from "./socketAddress";
import type { RouteView, RouterSettingsPatch } from "./state";

const DEADLINE_MS = 10_000;
/** What a system's or undici's error code means for the router. */
const GONE: Partial<Record<string, string>> = {
  ENOENT: "the socket does not exist",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "it ended before it answered",
  EPIPE: "it ended before it answered",
  UND_ERR_SOCKET: "it ended before it answered",
};

/** The router refused a call because something in it is wrong. Nothing was changed. */
export class RouterRefused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "RouterRefused";
  }
}

/** The route is not as the caller thought (409). Nothing was changed; `live` is what serves. */
export class RouterConflict extends RouterRefused {
  constructor(
    message: string,
    readonly live: RouteView | undefined,
  ) {
    super(409, message);
    this.name = "RouterConflict";
  }
}

/**
 * Nobody listens on the control socket, or the router ended before it answered; then a change may have been made, and what
 * the router comes back with tells.
 */
export class RouterGone extends Error {
  constructor(path: string, why: string, cause: unknown) {
    super(`no router answers on ${path}: ${why}`, { cause });
    this.name = "RouterGone";
  }
}

/**
 * The control API of a router, over its unix socket. Each call has a deadline.
 * @throws RouterConflict, RouterRefused, RouterGone
 */
export class RouterClient {
  constructor(
    readonly socketPath: string,
    private readonly deadlineMs = DEADLINE_MS,
  ) {}

  health(): Promise<RouterHealth> {
    return this.call("GET", "/health");
  }

  route(): Promise<RouteView> {
    return this.call("GET", "/route");
  }

  /** Compare-and-set of the weights; durable when it resolves. */
  writeRoute(change: WriteRoute): Promise<RouteView> {
    return this.call("PUT", "/route", change);
  }

  renew(id: string, confirmWithinMs: number): Promise<RouteView> {
    return this.call("POST", "/route/renew", { id, confirmWithinMs });
  }

  commit(id: string): Promise<RouteView> {
    return this.call("POST", "/route/commit", { id });
  }

  abort(id: string): Promise<RouteView> {
    return this.call("POST", "/route/abort", { id });
  }

  setSlot(slot: Slot, upstreams: SetSlot): Promise<RouteView> {
    return this.call("PUT", `/slots/${slot}`, upstreams);
  }

  setSettings(patch: RouterSettingsPatch): Promise<RouteView> {
    return this.call("PUT", "/settings", patch);
  }

  traffic(): Promise<Traffic> {
    return this.call("GET", "/traffic");
  }

  drain(slot: Slot, deadlineMs: number): Promise<Drained> {
    return this.call("POST", "/drain", { slot, deadlineMs }, this.deadlineMs + deadlineMs);
  }

  metrics(): Promise<string> {
    return this.call("GET", "/metrics");
  }

  shutdown(graceMs: number): Promise<{ stopping: true }> {
    return this.call("POST", "/shutdown", { graceMs });
  }

  private async call<T>(
    method: Dispatcher.HttpMethod,
    path: string,
    body?: unknown,
    deadlineMs = this.deadlineMs,
  ): Promise<T> {
    try {
      const [status, text] = await send(socketAddress(this.socketPath), method, path, body, deadlineMs);
      if (status === 200) return (text.startsWith("{") ? JSON.parse(text) : text) as T;
      throw refusal(status, text);
    } catch (error) {
      const { code, name } = error as NodeJS.ErrnoException;
      const gone = GONE[code ?? ""];
      if (gone !== undefined) throw new RouterGone(this.socketPath, gone, error);
      if (name !== "TimeoutError") throw error;
      throw new Error(`the router on ${this.socketPath} did not answer ${method} ${path} within ${deadlineMs} ms`, {
        cause: error,
      });
    }
  }
}

/** A connection for each call: calls are rare, and nothing is left to close when the caller is done. */
async function send(
  socketPath: string,
  method: Dispatcher.HttpMethod,
  path: string,
  body: unknown,
  deadlineMs: number,
): Promise<[number, string]> {
  const client = new Client("http://router", { socketPath, headersTimeout: 0, bodyTimeout: 0 });
  try {
    const answer = await client.request({
      method,
      path,
      signal: AbortSignal.timeout(deadlineMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    return [answer.statusCode, await answer.body.text()];
  } finally {
    client.destroy(null, () => undefined);
  }
}

function refusal(status: number, text: string): Error {
  const { error, live } = JSON.parse(text) as { error: string; live?: RouteView };
  if (status === 409) return new RouterConflict(error, live);
  return status < 500 ? new RouterRefused(status, error) : new Error(`the router failed: ${error}`);
}
