import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { SLOTS, type Slot, type Weights } from "../../../model/words";
import type { AccessLog } from "./accessLog";
import { Exchange } from "./exchange";
import { ProxiedResponse } from "./proxiedResponse";
import { readRequestHead } from "./requestHeaders";
import { SlotPool, chooseByWeight } from "./slotPool";
import type { RouteState } from "./state";
import { Switches } from "./traffic";

/** Where a request came in: the public port goes by the weights, the preview port to the idle slot. */
export type Entry = "public" | "preview";

/** `expects-continue`: the client sends its body once it is told to. */
export type RequestKind = "plain" | "expects-continue" | "websocket";

/** Sends requests to slots. All that a request needs of the route is kept here ready to use. */
export class DataPath {
  readonly pools: Record<Slot, SlotPool> = { blue: new SlotPool("blue"), green: new SlotPool("green") };
  readonly switches = new Switches();
  /** The cookie that keeps a client on each slot; null when that is off. */
  stickyCookies: Record<Slot, string> | null = null;
  private weights: Weights = { blue: 100, green: 0 };
  private previewHeader = "";
  private stickyCookie = "";
  private logging = false;
  private awaitingFlush: Exchange[] = [];

  constructor(private readonly accessLog: AccessLog) {}

  apply(state: RouteState): void {
    const { settings, slots } = state;
    this.weights = state.weights;
    this.previewHeader = settings.previewHeader.toLowerCase();
    this.stickyCookie = settings.stickyCookie;
    this.logging = settings.accessLog;
    for (const slot of SLOTS) this.pools[slot].update(slots[slot], settings.upstreamTimeouts);
    const cookie = (slot: Slot): string =>
      `${settings.stickyCookie}=${slot}; Path=/; Max-Age=${settings.stickySeconds}; HttpOnly; SameSite=Lax`;
    this.stickyCookies = settings.stickyCookie === "" ? null : { blue: cookie("blue"), green: cookie("green") };
  }

  /** The slot with the smaller weight; green when they are equal. */
  idle(): SlotPool {
    return this.weights.blue < this.weights.green ? this.pools.blue : this.pools.green;
  }

  handle(request: IncomingMessage, response: ProxiedResponse, entry: Entry, kind: RequestKind): void {
    const startedAt = performance.now();
    const remote = remoteAddress(request.socket);
    const head = readRequestHead(request.rawHeaders, remote, this.previewHeader, this.stickyCookie);
    if (head.fault !== null) {
      response.shouldKeepAlive = false;
      response.writeHead(400, ["content-type", "application/json"]);
      response.end(JSON.stringify({ error: head.fault }));
      return;
    }
    let pool: SlotPool;
    let preview = true;
    if (head.preview !== null) pool = this.named(head.preview.trim().toLowerCase());
    else if (entry === "preview") pool = this.idle();
    else {
      preview = false;
      pool =
        head.sticky !== null && this.weights[head.sticky] > 0 && this.pools[head.sticky].upstreams.length > 0
          ? this.pools[head.sticky]
          : chooseByWeight(this.pools.blue, this.pools.green, this.weights);
    }
    const epoch = this.switches.current;
    const continues = kind === "expects-continue";
    const websocket = kind === "websocket";
    new Exchange(this, pool, request, response, head, remote, preview, epoch, startedAt, continues, websocket).send();
  }

  /** A websocket goes to its slot and becomes a tunnel there, or gets the instance's refusal as a plain answer. */
  upgrade(request: IncomingMessage, socket: Socket, first: Buffer, entry: Entry): void {
    const response = new ProxiedResponse(request);
    response.assignSocket(socket);
    response.shouldKeepAlive = false;
    response.on("finish", () => {
      response.detachSocket(socket);
      socket.destroySoon();
    });
    if (first.length > 0) socket.unshift(first);
    this.handle(request, response, entry, "websocket");
  }

  /** Sends the heads of answers whose bodies have not come by the end of this turn of the event loop. */
  flushSoon(exchange: Exchange): void {
    if (this.awaitingFlush.push(exchange) === 1) setImmediate(this.flushAll);
  }

  /** Called at the end of each request. Returns the time, which costs less to pass on than to ask for again. */
  ended(
    request: IncomingMessage,
    remote: string,
    status: number,
    pool: SlotPool,
    preview: boolean,
    begun: number,
  ): number {
    const now = performance.now();
    if (this.logging)
      this.accessLog.line(remote, request.method ?? "", request.url ?? "", status, pool.slot, preview, now - begun);
    return now;
  }

  private named(value: string): SlotPool {
    return value === "blue" || value === "green" ? this.pools[value] : this.idle();
  }

  weightOf(slot: Slot): number {
    return this.weights[slot];
  }

  private readonly flushAll = (): void => {
    const waiting = this.awaitingFlush;
    this.awaitingFlush = [];
    for (const exchange of waiting) exchange.flush();
  };
}

function remoteAddress(socket: Socket): string {
  const address = socket.remoteAddress ?? "unknown";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
