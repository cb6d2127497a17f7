import type { Histogram } from "../../../model/histogram";
import { type Slot, type Weights, other } from "../../../model/words";

/** Upper bounds of the latency buckets, in seconds: fine where a web request usually lies, so that a p95 means something. */
export const LATENCY_BOUNDS: readonly number[] = [
  0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1,
  1.5, 2, 3, 5, 10, 30, 60,
];
const BOUNDS = Float64Array.from(LATENCY_BOUNDS);
const SWITCHES_KEPT = 64;

/** What the public port counted for one slot over the router's life. Traffic for testing is only in `previewRequests`. */
export interface SlotTraffic {
  /** Requests that ended: the sum of `classes` and `abandoned`. */
  requests: number;
  /** By the status that was sent, those that the router itself answered among them. */
  classes: Record<"1xx" | "2xx" | "3xx" | "4xx" | "5xx", number>;
  /** 502, 503 and 504 that the router answered because the slot did not. */
  failed: number;
  /** Answers that the slot broke off half way; the client saw the connection end. */
  broken: number;
  /** Requests that the client gave up before they were answered. */
  abandoned: number;
  inFlight: number;
  /** Open websockets and other upgraded connections. */
  upgraded: number;
  /** Requests that came by the preview port or header. */
  previewRequests: number;
  /** Milliseconds since the epoch, with a fraction; null before the first. */
  lastAnswerAt: number | null;
  /** Seconds from the request's head to the end of the answer. */
  histogram: Histogram;
  latencySum: number;
}

/** When a write of the weights took effect. All times are milliseconds since the epoch, with a fraction. */
export interface SwitchTimes {
  revision: number;
  /** The slot that gained weight, and the one that lost it. */
  to: Slot;
  from: Slot;
  /** When the write arrived. It is saved to disk between this and `at`. */
  receivedAt: number;
  /** When the next request went by the new weights. */
  at: number;
  /** End of the first answer by `to` to a request begun after `at`. */
  firstNewAnswerAt: number | null;
  /** End of the last answer by `from`, of whatever age the request was. */
  lastOldAnswerAt: number | null;
}

/** A write of the weights as a request remembers it: the one in force when it began, and the one that followed. */
export interface Epoch {
  times: SwitchTimes | null;
  next: Epoch | null;
}

/** Counters of one slot. Plain numbers in typed arrays, because every request passes here. */
export class SlotCounters {
  readonly classes = new Float64Array(6);
  readonly buckets = new Float64Array(BOUNDS.length + 1);
  latencySum = 0;
  failed = 0;
  broken = 0;
  abandoned = 0;
  inFlight = 0;
  upgraded = 0;
  previewRequests = 0;
  lastAnswer = 0;

  answered(status: number, startedAt: number, now: number): void {
    const statusClass = (status / 100) | 0;
    this.classes[statusClass] = (this.classes[statusClass] ?? 0) + 1;
    const seconds = (now - startedAt) / 1000;
    let bucket = 0;
    while (seconds > (BOUNDS[bucket] ?? Infinity)) bucket++;
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.latencySum += seconds;
    this.lastAnswer = now;
  }

  view(): SlotTraffic {
    const of = (statusClass: number): number => this.classes[statusClass] ?? 0;
    const classes = { "1xx": of(1), "2xx": of(2), "3xx": of(3), "4xx": of(4), "5xx": of(5) };
    return {
      requests: this.classes.reduce((sum, count) => sum + count, 0) + this.abandoned,
      classes,
      failed: this.failed,
      broken: this.broken,
      abandoned: this.abandoned,
      inFlight: this.inFlight,
      upgraded: this.upgraded,
      previewRequests: this.previewRequests,
      lastAnswerAt: this.lastAnswer === 0 ? null : epochMs(this.lastAnswer),
      histogram: { bounds: LATENCY_BOUNDS, counts: [...this.buckets] },
      latencySum: this.latencySum,
    };
  }
}

/** Remembers the newest writes of the weights and when the answers followed them. */
export class Switches {
  current: Epoch = { times: null, next: null };
  private readonly kept: SwitchTimes[] = [];

  written(revision: number, before: Weights, after: Weights, receivedAt: number): void {
    if (before.blue === after.blue) return;
    const to: Slot = after.blue > before.blue ? "blue" : "green";
    const times: SwitchTimes = {
      revision,
      to,
      from: other(to),
      receivedAt,
      at: epochMs(performance.now()),
      firstNewAnswerAt: null,
      lastOldAnswerAt: null,
    };
    const epoch: Epoch = { times, next: null };
    this.current.next = epoch;
    this.current = epoch;
    this.kept.push(times);
    if (this.kept.length > SWITCHES_KEPT) this.kept.shift();
  }

  /** Oldest first; the last one is the last write. */
  view(): SwitchTimes[] {
    return this.kept.map((times) => ({ ...times }));
  }
}

/** Notes the end of a public answer for the write it began under and the one that came while it was under way. */
export function noteAnswer(epoch: Epoch, slot: Slot, now: number): void {
  const { times, next } = epoch;
  if (times !== null) {
    if (times.to === slot) times.firstNewAnswerAt ??= epochMs(now);
    else times.lastOldAnswerAt = epochMs(now);
  }
  if (next?.times?.from === slot) next.times.lastOldAnswerAt = epochMs(now);
}

let origin = performance.timeOrigin;

/** The monotonic clock as milliseconds since the epoch. Follows the wall clock when that was set while the router ran. */
export function epochMs(monotonic: number): number {
  return origin + monotonic;
}

/** For when a time is about to be shown. */
export function followWallClock(): void {
  const offset = Date.now() - performance.now();
  if (Math.abs(offset - origin) > 50) origin = offset;
}
