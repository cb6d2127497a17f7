import { Agent, request } from "undici";
import { SLOTS } from "../../../model/words";
import type { DataPath } from "./dataPath";
import type { RouterLog } from "./routerLog";
import type { RouterSettings } from "./state";
import type { Upstream } from "./upstream";

const FAILURES_UNTIL_DOWN = 2;

/** Asks every instance for its health at an interval. One that fails twice gets requests only when no other is left. */
export class HealthChecks {
  private timer: NodeJS.Timeout | undefined;
  private path = "";
  private intervalMs = 0;
  private readonly agent = new Agent({ connections: 1, pipelining: 0 });

  constructor(
    private readonly dataPath: DataPath,
    private readonly log: RouterLog,
  ) {}

  apply({ healthPath, healthIntervalMs }: RouterSettings): void {
    if (healthPath === this.path && healthIntervalMs === this.intervalMs) return;
    this.path = healthPath;
    this.intervalMs = healthIntervalMs;
    clearInterval(this.timer);
    this.timer = undefined;
    if (healthPath !== "") this.timer = setInterval(() => this.checkAll(), healthIntervalMs);
    else for (const upstream of this.upstreams()) upstream.up = true;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.agent.destroy();
  }

  private upstreams(): Upstream[] {
    return SLOTS.flatMap((slot) => this.dataPath.pools[slot].upstreams);
  }

  private checkAll(): void {
    for (const upstream of this.upstreams()) void this.check(upstream);
  }

  private async check(upstream: Upstream): Promise<void> {
    const problem = await this.problemOf(upstream);
    if (problem === undefined) {
      if (!upstream.up) this.log.info(`${upstream.name} is healthy again`);
      upstream.failedChecks = 0;
      upstream.up = true;
      return;
    }
    upstream.failedChecks++;
    if (upstream.failedChecks < FAILURES_UNTIL_DOWN || !upstream.up) return;
    upstream.up = false;
    this.log.info(`${upstream.name} is not healthy: ${problem}`);
  }

  private async problemOf(upstream: Upstream): Promise<string | undefined> {
    const timeout = Math.max(this.intervalMs, upstream.timeouts.connectMs);
    try {
      const { statusCode, body } = await request(`${upstream.origin}${this.path}`, {
        dispatcher: this.agent,
        headersTimeout: timeout,
        bodyTimeout: timeout,
      });
      await body.dump();
      return statusCode < 400 ? undefined : `GET ${this.path} answered ${statusCode}`;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
