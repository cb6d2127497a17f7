import { describeMs } from "../model/clock";
import { measure, trafficBetween, type Measurement, type Reading } from "../model/objectives";
import { breachEvent } from "../notify/event";
import { ownObjectives } from "./ownObjectives";
import type { Outcome, Run } from "./run";

interface Tally {
  judged: number;
  breached: number;
  /** What the newest breach was. */
  detail: string;
}

export interface Span {
  phase: "steps" | "bake";
  durationMs: number;
  noTraffic: "hold" | "pass" | "fail";
  holdLimitMs?: number;
}

/** Watches the new slot: the objectives of the bake by the route's counters, and those of the config by their own sources. */
export async function watch(run: Run, span: Span): Promise<Outcome> {
  const own = ownObjectives(run, span);
  try {
    const outcome = await watchRoute(run, span, own);
    if (outcome.verdict !== "pass" || run.promoted !== undefined) return outcome;
    const last = await own.conclude();
    return last.verdict === "pass"
      ? { ...outcome, detail: [outcome.detail, last.detail].filter(Boolean).join("; ") }
      : last;
  } finally {
    own.stop();
  }
}

/**
 * Watches the new slot's own counters for a time. An objective that is breached more often than the failure limit ends the
 * watch at once; one that is breached each time it was judged fails at the end, however short the watch was. Counters that
 * cannot be read are breaches too: missing data is never success.
 */
async function watchRoute(run: Run, span: Span, own: ReturnType<typeof ownObjectives>): Promise<Outcome> {
  const { clock, order } = run;
  const { bake } = order.settings;
  if (span.durationMs === 0) return { verdict: "pass", detail: "not watched: the config sets no time for it" };
  const tallies = new Map<Measurement["objective"], Tally>();
  const begun = clock.now();
  let start: Reading | undefined;
  let before: Reading | undefined;
  let requests = 0;
  let failed = 0;
  for (;;) {
    const found: Measurement[] = [];
    try {
      const after = await read(run);
      if (start !== undefined && before !== undefined) {
        found.push(...measure(before, after, start, bake));
        const seen = trafficBetween(before, after);
        requests += seen.requests;
        failed += seen.failed;
        run.record.traffic = { requests, failed };
      }
      // The first reading is what the later ones are compared with.
      start ??= after;
      before = after;
    } catch (error) {
      found.push({ objective: "capacity", verdict: "error", detail: (error as Error).message });
    }
    for (const measurement of found) {
      const tally = count(tallies, measurement);
      if (measurement.verdict === "pass" || measurement.verdict === "inconclusive") continue;
      const { objective, detail } = measurement;
      const breach = { stage: span.phase, objective, count: tally.breached, detail };
      run.news.publish(breachEvent(run.record, breach, clock.now()));
      run.say(`${objective}: ${detail} (breach ${tally.breached}, limit ${bake.failureLimit})`);
      if (tally.breached > bake.failureLimit) return { verdict: "fail", detail: `${objective}: ${detail}` };
    }
    const breach = own.breach();
    if (breach !== undefined) return breach;
    if (run.promoted !== undefined) return { verdict: "pass", detail: `${run.promoted}: the rest was not watched` };
    const elapsed = clock.now() - begun;
    const hold = (span.noTraffic === "hold" && !tallies.has("errors")) || own.holds();
    const until = hold ? Math.max(span.durationMs, span.holdLimitMs ?? 0) : span.durationMs;
    if (elapsed >= until) break;
    await clock.sleep(Math.min(bake.intervalMs, until - elapsed), own.breached);
    if (run.lost !== undefined) return { verdict: "error", detail: run.lost };
  }
  for (const [objective, { judged, breached, detail }] of tallies) {
    if (breached === judged) return { verdict: "fail", detail: `${objective}: ${detail}` };
  }
  const spent = describeMs(clock.now() - begun);
  if (!tallies.has("errors")) {
    const detail = `no traffic reached ${order.to} in ${spent}: nothing is known of it`;
    return { verdict: span.noTraffic === "pass" ? "pass" : "inconclusive", detail };
  }
  return { verdict: "pass", detail: `${spent}, ${requests} requests, ${failed} failed, objectives kept` };
}

/** An inconclusive measurement is no judgement: an objective that was never judged has no tally. */
function count(tallies: Map<Measurement["objective"], Tally>, { objective, verdict, detail }: Measurement): Tally {
  const tally = tallies.get(objective) ?? { judged: 0, breached: 0, detail: "" };
  if (verdict === "inconclusive") return tally;
  tallies.set(objective, tally);
  tally.judged += 1;
  if (verdict !== "pass") {
    tally.breached += 1;
    tally.detail = detail;
  }
  return tally;
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
