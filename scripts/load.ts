import { build, type Histogram } from "hdr-histogram-js";
import { Pool } from "undici";

/** What to ask, how often, and over what. */
export interface LoadOptions {
  /** The public address, such as `http://127.0.0.1:5004`. */
  url: string;
  /** Requests sent each second, whether earlier ones are answered or not: a slow service does not slow the load down. */
  ratePerSecond: number;
  /** Connections kept open at most. A request that finds all of them busy waits, and that wait counts as latency. */
  connections: number;
  /** @default "/" */
  path?: string;
  /** A new connection for each request. Only up to 300 a second: one address has too few ports for more. @default false */
  fresh?: boolean;
  headers?: Record<string, string>;
  /** Longest wait for an answer, ms. @default 30000 */
  timeoutMs?: number;
  /** The load ends by itself after this time, ms. @default 600000, which is also the most. */
  maxMs?: number;
  /** Told of each request's end, as it happens. */
  onAnswer?: (answer: LoadAnswer) => void;
}

export interface LoadAnswer {
  /** When it was complete, ms since the epoch. */
  at: number;
  /** 0 when there was none. */
  status: number;
  slot?: string;
  release?: string;
  latencyMs: number;
  /** Why it counts as failed. */
  failure?: string;
}

/** Counts since the start. Times are ms since the epoch. */
export interface LoadReport {
  sent: number;
  answered: number;
  /** Answers with neither a 2xx nor a 3xx status, and requests without a complete answer. */
  failed: number;
  /** How many failed for each reason. */
  failures: Record<string, number>;
  byStatus: Record<string, number>;
  /** By the route's own stamp on the answer. */
  bySlot: Record<string, number>;
  byRelease: Record<string, number>;
  /** From the time a request was sent to its complete answer, ms. */
  latencies: { p50: number; p95: number; p99: number; max: number };
  firstBySlot: Record<string, number>;
  lastBySlot: Record<string, number>;
  startedAt: number;
  durationMs: number;
  /** Requests that were due but never sent, because this process itself stood still for too long. */
  skipped: number;
}

export interface Load {
  /** The counts so far; requests under way are in `sent` only. */
  snapshot(): LoadReport;
  /** Sends nothing more, waits up to `timeoutMs` for what is under way, and gives the final counts. May be called again. */
  stop(): Promise<LoadReport>;
}

const MAX_MS = 600_000;
const MAX_FRESH_PER_SECOND = 300;
const TICK_MS = 4;
/** After a pause of its own the generator catches up by at most this much: a burst would measure the burst. */
const MAX_CATCH_UP_MS = 200;

/**
 * Puts load on an address until it is stopped: requests at an even rate, over pooled connections.
 *
 * @throws when the options ask for more than one machine can send honestly.
 */
export function startLoad(options: LoadOptions): Load {
  const { ratePerSecond, connections, path = "/", fresh = false, timeoutMs = 30_000, maxMs = MAX_MS } = options;
  if (fresh && ratePerSecond > MAX_FRESH_PER_SECOND) {
    throw new RangeError(
      `${ratePerSecond} requests a second on fresh connections: at most ${MAX_FRESH_PER_SECOND}, or ports run out`,
    );
  }
  if (!(maxMs > 0 && maxMs <= MAX_MS)) throw new RangeError(`maxMs is ${maxMs}: above 0 and at most ${MAX_MS}`);

  const pool = new Pool(options.url, {
    connections,
    pipelining: 1,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const counts = new Counts(options.onAnswer);
  const underWay = new Set<Promise<void>>();

  const ask = async (): Promise<void> => {
    const sentAt = performance.now();
    const latency = () => performance.now() - sentAt;
    try {
      const { statusCode, headers, body } = await pool.request({
        path,
        method: "GET",
        headers: options.headers ?? {},
        // Sends `connection: close`, so that the next request needs a new one.
        reset: fresh,
      });
      await body.arrayBuffer();
      counts.add({
        at: Date.now(),
        status: statusCode,
        latencyMs: latency(),
        ...stamp("slot", headers["x-bluegreen-slot"]),
        ...stamp("release", headers["x-bluegreen-release"]),
        ...(statusCode >= 200 && statusCode < 400 ? {} : { failure: `status ${statusCode}` }),
      });
    } catch (error) {
      counts.add({ at: Date.now(), status: 0, latencyMs: latency(), failure: reasonOf(error) });
    }
  };

  const startedAt = performance.now();
  let due = 0;
  const tick = (): void => {
    const elapsed = performance.now() - startedAt;
    const should = Math.floor((Math.min(elapsed, maxMs) * ratePerSecond) / 1000);
    const late = should - due - Math.ceil((MAX_CATCH_UP_MS * ratePerSecond) / 1000);
    if (late > 0) {
      counts.skipped += late;
      due += late;
    }
    for (; due < should; due++) {
      counts.sent++;
      const request = ask().finally(() => underWay.delete(request));
      underWay.add(request);
    }
    if (elapsed >= maxMs) clearInterval(timer);
  };
  const timer = setInterval(tick, TICK_MS);

  let stopped: Promise<LoadReport> | undefined;
  const stop = async (): Promise<LoadReport> => {
    clearInterval(timer);
    const deadline = setTimeout(() => void pool.destroy(), timeoutMs);
    await Promise.all(underWay);
    clearTimeout(deadline);
    await pool.destroy();
    return counts.report();
  };
  return { snapshot: () => counts.report(), stop: () => (stopped ??= stop()) };
}

class Counts {
  sent = 0;
  skipped = 0;
  private readonly startedAt = Date.now();
  private failed = 0;
  private answered = 0;
  private readonly failures: Record<string, number> = {};
  private readonly byStatus: Record<string, number> = {};
  private readonly bySlot: Record<string, number> = {};
  private readonly byRelease: Record<string, number> = {};
  private readonly firstBySlot: Record<string, number> = {};
  private readonly lastBySlot: Record<string, number> = {};
  /** Microseconds. */
  private readonly latency: Histogram = build({
    highestTrackableValue: MAX_MS * 1000,
    numberOfSignificantValueDigits: 3,
  });

  constructor(private readonly onAnswer: LoadOptions["onAnswer"]) {}

  add(answer: LoadAnswer): void {
    this.latency.recordValue(Math.max(1, Math.round(answer.latencyMs * 1000)));
    if (answer.failure !== undefined) {
      this.failed++;
      increment(this.failures, answer.failure);
    }
    if (answer.status !== 0) {
      this.answered++;
      increment(this.byStatus, String(answer.status));
    }
    if (answer.release !== undefined) increment(this.byRelease, answer.release);
    if (answer.slot !== undefined) {
      increment(this.bySlot, answer.slot);
      this.firstBySlot[answer.slot] ??= answer.at;
      this.lastBySlot[answer.slot] = answer.at;
    }
    this.onAnswer?.(answer);
  }

  report(): LoadReport {
    const quantile = (percent: number) => this.latency.getValueAtPercentile(percent) / 1000;
    const max = this.latency.totalCount === 0 ? 0 : this.latency.maxValue / 1000;
    return {
      sent: this.sent,
      answered: this.answered,
      failed: this.failed,
      failures: { ...this.failures },
      byStatus: { ...this.byStatus },
      bySlot: { ...this.bySlot },
      byRelease: { ...this.byRelease },
      latencies: { p50: quantile(50), p95: quantile(95), p99: quantile(99), max },
      firstBySlot: { ...this.firstBySlot },
      lastBySlot: { ...this.lastBySlot },
      startedAt: this.startedAt,
      durationMs: Date.now() - this.startedAt,
      skipped: this.skipped,
    };
  }
}

function increment(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function stamp(name: "slot" | "release", value: string | string[] | undefined): Partial<Record<typeof name, string>> {
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}

/** The code where there is one: messages hold ports and would make each failure its own reason. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return code ?? error.name;
}
