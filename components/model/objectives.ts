import { describeMs } from "./clock";
import { difference, quantile, type Histogram } from "./histogram";
import type { Verdict } from "./words";

/** Limits that the new slot must keep in the bake. */
export interface Objectives {
  /** Percent of requests answered 5xx or not at all. */
  maxErrorPercent: number;
  /** Milliseconds. */
  maxP95Ms: number;
  /** Restarts since the bake began. */
  maxRestarts: number;
  /** Fewer requests than this in an interval say nothing about errors and latency. */
  minRequests: number;
}

/** One reading of the new slot's counters. */
export interface Reading {
  requests: number;
  failed: number;
  latency: Histogram;
  restarts: number;
  /** Instances not running now. */
  down: number;
}

export interface Measurement {
  objective: "errors" | "latency" | "restarts" | "capacity";
  verdict: Verdict;
  detail: string;
}

/**
 * Judges what happened between two readings. Too few requests are `inconclusive`, never a pass. Counters that went back
 * were restarted: all of `after` is new.
 */
export function measure(before: Reading, after: Reading, start: Reading, limits: Objectives): Measurement[] {
  const { requests, failed } = trafficBetween(before, after);
  const found: Measurement[] = [];
  const judge = (objective: Measurement["objective"], ok: boolean, detail: string) =>
    found.push({ objective, verdict: ok ? "pass" : "fail", detail });
  if (requests < Math.max(1, limits.minRequests)) {
    const detail = `${requests} requests seen, ${Math.max(1, limits.minRequests)} needed for a judgement`;
    found.push(
      { objective: "errors", verdict: "inconclusive", detail },
      { objective: "latency", verdict: "inconclusive", detail },
    );
  } else {
    const percent = (100 * failed) / requests;
    judge(
      "errors",
      percent <= limits.maxErrorPercent,
      `${percent.toFixed(2)} % of ${requests} requests failed (limit ${limits.maxErrorPercent} %)`,
    );
    const p95 = quantile(difference(before.latency, after.latency), 0.95);
    if (p95 === undefined)
      found.push({ objective: "latency", verdict: "inconclusive", detail: "no latency was measured" });
    else
      judge(
        "latency",
        p95 * 1000 <= limits.maxP95Ms,
        `p95 ${p95 === Infinity ? `above ${describeMs(1000 * (after.latency.bounds.at(-1) ?? 0))}` : describeMs(p95 * 1000)} ` +
          `(limit ${describeMs(limits.maxP95Ms)})`,
      );
  }
  const restarts = Math.max(0, after.restarts - start.restarts);
  judge("restarts", restarts <= limits.maxRestarts, `${restarts} restarts in the bake (limit ${limits.maxRestarts})`);
  judge(
    "capacity",
    after.down === 0,
    after.down === 0 ? "every instance runs" : `${after.down} instances are not running`,
  );
  return found;
}

/** The requests counted between two readings. */
export function trafficBetween(
  before: Pick<Reading, "requests" | "failed">,
  after: Pick<Reading, "requests" | "failed">,
): { requests: number; failed: number } {
  const restarted = after.requests < before.requests || after.failed < before.failed;
  return {
    requests: after.requests - (restarted ? 0 : before.requests),
    failed: after.failed - (restarted ? 0 : before.failed),
  };
}
