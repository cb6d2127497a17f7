import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import type { DataPath } from "./dataPath";
import type { ProxiedResponse } from "./proxiedResponse";
import { RequestBody } from "./requestBody";
import type { RequestHead } from "./requestHeaders";
import { readResponseHead } from "./responseHeaders";
import type { SlotPool } from "./slotPool";
import { type Epoch, noteAnswer } from "./traffic";
import { Tunnel } from "./tunnel";
import type { Connection, Upstream } from "./upstream";

/** Something under way that a drain can end at its deadline. */
export interface Cuttable {
  /** Where it stands among what is under way on its slot. */
  place: number;
  cut(): void;
}

/** Bodies up to this size go out in one write with their head. */
const JOINED_BYTES = 16 * 1024;
/** How often a request that the instance cannot have acted on is sent again over another connection. */
const RESENDS = 2;
const SAFE_TO_REPEAT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/**
 * One request and its answer. It is the handler that undici calls back: the low-level form, which costs no promise, no
 * stream and no parsed headers for a request.
 */
export class Exchange implements Dispatcher.DispatchHandler, Cuttable {
  place = -1;
  private readonly body: RequestBody | null;
  private connection: Connection | null = null;
  private tried: Upstream[] | null = null;
  private resends = 0;
  private done = false;
  /** The request left for the instance; the instance began to answer; the answer's head was taken over. */
  private sent = false;
  private began = false;
  private headed = false;
  /** Something of the answer is on its way to the client. */
  private flushed = false;
  private complete = false;
  private length = -1;
  private held: Buffer | null = null;
  private resume: (() => void) | null = null;

  constructor(
    private readonly dataPath: DataPath,
    private readonly pool: SlotPool,
    private readonly request: IncomingMessage,
    private readonly response: ProxiedResponse,
    private readonly head: RequestHead,
    private readonly remote: string,
    private readonly preview: boolean,
    private readonly epoch: Epoch,
    private readonly startedAt: number,
    expectsContinue: boolean,
    private readonly websocket: boolean,
  ) {
    this.body = head.hasBody ? new RequestBody(request, response, expectsContinue) : null;
    response.exchange = this;
    response.on("close", clientClosed);
    if (preview) pool.counters.previewRequests++;
    else {
      pool.counters.inFlight++;
      pool.begin(this);
    }
  }

  send(fresh = false): void {
    const upstream = this.pool.pick(this.tried === null ? this.startedAt : performance.now(), this.tried);
    if (upstream === undefined) {
      const { slot } = this.pool;
      this.answer(503, this.tried === null ? `${slot} has no instances` : `no instance of ${slot} accepts connections`);
      return;
    }
    upstream.inFlight++;
    this.connection = upstream.take(fresh || this.websocket);
    this.connection.client.dispatch(
      {
        path: this.request.url ?? "/",
        method: this.request.method as Dispatcher.HttpMethod,
        headers: this.head.headers,
        body: this.body,
        upgrade: this.websocket ? "websocket" : null,
      },
      this,
    );
  }

  onConnect(): void {
    this.sent = true;
  }

  onResponseStarted(): void {
    this.began = true;
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    if (this.done) return true;
    if (status < 200) {
      this.informational(status, raw, statusText);
      return true;
    }
    const { response } = this;
    const { headers, length } = readResponseHead(raw, this.pool.stamp);
    if (this.dataPath.stickyCookies !== null && !this.preview && this.head.sticky !== this.pool.slot)
      headers.push("set-cookie", this.dataPath.stickyCookies[this.pool.slot]);
    // An answer before the end of the request: what is left of the request is not worth a kept-alive connection.
    if (this.body !== null && !this.request.complete) response.shouldKeepAlive = false;
    response.writeHead(status, statusText, headers);
    this.headed = true;
    this.resume = resume;
    this.length = length;
    this.dataPath.flushSoon(this);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.done) return true;
    if (!this.flushed && chunk.length === this.length) {
      this.held = chunk; // the whole body at once: `onComplete` follows at once
      return true;
    }
    this.flushed = true;
    if (this.response.write(chunk)) return true;
    this.response.once("drain", clientDrained);
    return false;
  }

  onComplete(trailers: Buffer[] | string[] | null): void {
    const { connection } = this;
    if (connection !== null) {
      connection.upstream.inFlight--;
      connection.upstream.give(connection);
      this.connection = null;
    }
    if (this.done) return;
    if (trailers !== null && trailers.length > 0) this.response.addTrailers(pairs(trailers));
    this.complete = true;
    // A short answer is sent with all others of this turn of the event loop. Writes in a row cost far less than single
    // ones: only the first has to wake the client's process.
    if (this.flushed) this.end();
  }

  onError(error: Error & { code?: string }): void {
    const upstream = this.release();
    if (this.done || upstream === null) return;
    if (this.headed) {
      // The client was promised more than came. Ending its connection is the only way to say so.
      this.pool.counters.broken += this.preview ? 0 : 1;
      this.finish(this.response.statusCode);
      this.response.destroy();
    } else if (error.code === "UND_ERR_INVALID_ARG" || error.code === "UND_ERR_NOT_SUPPORTED") {
      this.answer(400, error.message);
    } else if (!this.sent) {
      upstream.refused(performance.now());
      (this.tried ??= []).push(upstream);
      this.send();
    } else if (error.code === "UND_ERR_HEADERS_TIMEOUT") {
      this.answer(504, `${this.pool.slot} did not answer within ${upstream.timeouts.headersMs} ms`);
    } else if (!this.began && this.mayRepeat()) {
      this.resends++;
      this.sent = false;
      this.send(true);
    } else {
      this.answer(502, `${this.pool.slot} ended the connection before it answered`);
    }
  }

  onUpgrade(status: number, raw: Buffer[] | string[] | null, socket: Duplex): void {
    const { counters } = this.pool;
    this.release();
    const client = this.response.socket;
    if (this.done || client === null || !(socket instanceof Socket)) {
      socket.destroy();
      return;
    }
    this.response.detachSocket(client);
    const { headers } = readResponseHead((raw ?? []) as Buffer[], this.pool.stamp);
    let text = `HTTP/1.1 ${status} Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n`;
    for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
    client.write(`${text}\r\n`, "latin1");
    const tunnel = new Tunnel(client, socket, () => {
      if (this.preview) return;
      counters.upgraded--;
      this.pool.end(tunnel);
    });
    if (!this.preview) {
      counters.upgraded++;
      this.pool.begin(tunnel);
    }
    this.finish(status);
  }

  /** Sends the answer, or its head alone when the body is not there yet. */
  flush(): void {
    if (this.flushed || this.done) return;
    this.flushed = true;
    if (this.complete) this.end();
    else this.response.flushHeaders();
  }

  clientClosed(): void {
    if (this.done) return;
    this.done = true;
    this.body?.destroy();
    if (!this.preview) {
      this.pool.counters.inFlight--;
      this.pool.counters.abandoned++;
      this.pool.end(this);
    }
    this.dataPath.ended(this.request, this.remote, 499, this.pool, this.preview, this.startedAt);
    this.connection?.destroy();
  }

  clientDrained(): void {
    if (!this.done) this.resume?.();
  }

  cut(): void {
    this.response.destroy();
    this.clientClosed();
  }

  /** 102 and 103 pass to clients that know them, while the answer proper is still to come. */
  private informational(status: number, raw: readonly Buffer[], statusText: string): void {
    const { socket } = this.response;
    if (socket === null || this.request.httpVersionMinor === 0) return;
    let text = `HTTP/1.1 ${status} ${statusText}\r\n`;
    for (const [name, value] of pairs(raw)) text += `${name}: ${value}\r\n`;
    socket.write(`${text}\r\n`, "latin1");
  }

  private end(): void {
    const { response, held } = this;
    if (held === null) response.end();
    else if (held.length > JOINED_BYTES || response.socket === null) response.end(held);
    else {
      // As text and within a cork of its own, head and body leave in one plain write, which costs half of what Node's
      // way with `end(body)` does: a vectored write of head and body and an empty end.
      response.socket.cork();
      response.write(held.toString("latin1"), "latin1");
      response.socket.uncork();
      response.end();
    }
    this.finish(response.statusCode);
  }

  private mayRepeat(): boolean {
    return (
      this.resends < RESENDS &&
      !this.websocket &&
      SAFE_TO_REPEAT.has(this.request.method ?? "") &&
      this.body?.taken !== true
    );
  }

  /** The connection failed or was taken over by an upgrade: it is not one to give back. */
  private release(): Upstream | null {
    const { connection } = this;
    if (connection === null) return null;
    this.connection = null;
    connection.upstream.inFlight--;
    connection.destroy();
    return connection.upstream;
  }

  /** An answer of the router's own. It carries no stamp: nobody in the slot answered. */
  private answer(status: number, message: string): void {
    this.body?.destroy();
    if (!this.preview && status >= 502) this.pool.counters.failed++;
    if (this.body !== null && !this.request.complete) this.response.shouldKeepAlive = false;
    const text = JSON.stringify({ error: message, slot: this.pool.slot });
    this.response.writeHead(status, ["content-type", "application/json", "content-length", String(text.length)]);
    this.response.end(text);
    this.finish(status);
  }

  private finish(status: number): void {
    this.done = true;
    const now = this.dataPath.ended(this.request, this.remote, status, this.pool, this.preview, this.startedAt);
    if (this.preview) return;
    const { counters } = this.pool;
    counters.inFlight--;
    counters.answered(status, this.startedAt, now);
    noteAnswer(this.epoch, this.pool.slot, now);
    this.pool.end(this);
  }
}

function clientClosed(this: ProxiedResponse): void {
  this.exchange?.clientClosed();
}

function clientDrained(this: ProxiedResponse): void {
  this.exchange?.clientDrained();
}

function pairs(raw: readonly (Buffer | string)[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) result.push([String(raw[i]), String(raw[i + 1])]);
  return result;
}
