import { describeMs } from "../model/clock";
import { measure, type Measurement, type Objectives, type Reading } from "../model/objectives";
import type { Outcome, Run } from "./run";

/**
 * Watches the new slot's own counters for a time. An objective that is breached more often than the failure limit ends the
 * watch at once. Counters that cannot be read are breaches too: missing data is never success.
 */
export async function watch(
  run: Run,
  span: { durationMs: number; noTraffic: "hold" | "pass" | "fail"; holdLimitMs?: number },
): Promise<Outcome> {
  const { clock, order } = run;
  const { bake } = order.settings;
  const limits: Objectives = bake;
  const breaches = new Map<string, number>();
  const judged = { errors: 0, intervals: 0 };
  const begun = clock.now();
  const start = await read(run);
  let before = start;
  let requests = 0;
  let failed = 0;
  for (;;) {
    const elapsed = clock.now() - begun;
    const hold = span.noTraffic === "hold" && judged.errors === 0;
    const until = hold ? Math.max(span.durationMs, span.holdLimitMs ?? 0) : span.durationMs;
    if (elapsed >= until) break;
    await clock.sleep(Math.min(bake.intervalMs, until - elapsed));
    if (run.lost !== undefined) return { verdict: "error", detail: run.lost };
    let found: Measurement[];
    try {
      const after = await read(run);
      found = measure(before, after, start, limits);
      requests += Math.max(0, after.requests - before.requests);
      failed += Math.max(0, after.failed - before.failed);
      before = after;
    } catch (error) {
      found = [{ objective: "capacity", verdict: "error", detail: (error as Error).message }];
    }
    run.record.traffic = { requests, failed };
    judged.intervals += 1;
    if (found.some((m) => m.objective === "errors" && m.verdict !== "inconclusive")) judged.errors += 1;
    for (const measurement of found) {
      if (measurement.verdict === "pass" || measurement.verdict === "inconclusive") continue;
      const count = (breaches.get(measurement.objective) ?? 0) + 1;
      breaches.set(measurement.objective, count);
      run.say(`${measurement.objective}: ${measurement.detail} (breach ${count}, limit ${bake.failureLimit})`);
      if (count > bake.failureLimit)
        return { verdict: "fail", detail: `${measurement.objective}: ${measurement.detail}` };
    }
  }
  const spent = describeMs(clock.now() - begun);
  if (judged.errors === 0 && judged.intervals > 0) {
    const detail = `no traffic reached ${order.to} in ${spent}: nothing is known of it`;
    return { verdict: span.noTraffic === "pass" ? "pass" : "inconclusive", detail };
  }
  return { verdict: "pass", detail: `${spent}, ${requests} requests, ${failed} failed, objectives kept` };
}

/** The new slot's counters and the state of its instances, now. */
async function read(run: Run): Promise<Reading> {
  const { driver, order } = run;
  const [traffic, condition] = await Promise.all([driver.traffic(), driver.condition(order.to)]);
  const seen = traffic[order.to];
  return {
    requests: seen.requests,
    failed: seen.failed,
    latency: seen.latency,
    restarts: condition.instances.reduce((sum, instance) => sum + instance.restarts, 0),
    down: Math.max(0, order.toRelease.replicas - condition.instances.filter((instance) => instance.running).length),
  };
}
