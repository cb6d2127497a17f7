import { isIPv6 } from "node:net";
import { Client } from "undici";
import type { Instance, RouterSettings } from "./state";

const SKIP_AFTER_REFUSAL_MS = 1000;
const ignore = (): void => undefined;

/** One kept-alive connection to an instance: an undici client, so that it is known whether a connection was used before. */
export class Connection {
  readonly client: Client;
  idle = false;
  /** Set once an answer was read: from then on the instance may have closed it while nobody looked. */
  used = false;

  constructor(readonly upstream: Upstream) {
    const { connectMs, headersMs, bodyMs } = upstream.timeouts;
    this.client = new Client(upstream.origin, {
      pipelining: 1,
      connect: { timeout: connectMs },
      headersTimeout: headersMs,
      bodyTimeout: bodyMs,
    });
    this.client.on("disconnect", () => {
      this.used = false;
      if (this.idle) upstream.forget(this);
    });
  }

  destroy(): void {
    this.client.destroy(null, ignore);
  }
}

/** One instance of a slot: its connections, how busy it is, and whether it is worth asking. */
export class Upstream {
  readonly origin: string;
  readonly name: string;
  inFlight = 0;
  /** What the active health check last found. */
  up = true;
  failedChecks = 0;
  private skipUntil = 0;
  private retired = false;
  private readonly idle: Connection[] = [];

  constructor(
    readonly instance: Instance,
    readonly timeouts: RouterSettings["upstreamTimeouts"],
  ) {
    const host = isIPv6(instance.host) ? `[${instance.host}]` : instance.host;
    this.name = `${host}:${instance.port}`;
    this.origin = `http://${this.name}`;
  }

  /** False while it is better to ask another instance, if there is one. */
  isWell(now: number): boolean {
    return this.up && now >= this.skipUntil;
  }

  refused(now: number): void {
    this.skipUntil = now + SKIP_AFTER_REFUSAL_MS;
  }

  /** The connection used last, so that those not needed grow old and close; `fresh` asks for one nobody used yet. */
  take(fresh: boolean): Connection {
    const connection = (fresh ? undefined : this.idle.pop()) ?? new Connection(this);
    connection.idle = false;
    return connection;
  }

  give(connection: Connection): void {
    if (this.retired || connection.client.destroyed) {
      connection.client.close(ignore);
      return;
    }
    connection.used = true;
    connection.idle = true;
    this.idle.push(connection);
  }

  /** An idle connection ended: the instance or the idle time limit closed it. */
  forget(connection: Connection): void {
    const index = this.idle.indexOf(connection);
    if (index !== -1) this.idle.splice(index, 1);
    connection.idle = false;
    connection.destroy();
  }

  /** No longer in its slot. Requests under way finish. */
  retire(): void {
    this.retired = true;
    for (const connection of this.idle.splice(0)) connection.destroy();
  }
}
