import { allows } from "../gates/evidence";
import { describeFailure, runGate } from "../gates/gate";
import { describeMs } from "../model/clock";
import type { Subject } from "../gates/readiness";
import type { Outcome, Run } from "./run";

/** The slot is up to size: as many ready instances as it wants, and not fewer than the live slot has now. */
export async function scaledUp(run: Run): Promise<Outcome> {
  const { driver, order, clock } = run;
  if (!order.settings.gate.enabled && order.kind !== "rollback") return off;
  const evidence = await runGate(driver, await subjectOf(run), order.settings.gate, "readiness", clock);
  run.record.healthCheckMs = (run.record.healthCheckMs ?? 0) + evidence.durationMs;
  const detail = evidence.verdict === "pass" ? (evidence.checks[0]?.detail ?? "") : describeFailure(evidence);
  return { verdict: evidence.verdict, detail };
}

/** The whole gate, unless the evidence that Gate gathered in this update still counts. */
export async function tested(run: Run): Promise<Outcome> {
  const { driver, order, clock } = run;
  if (!order.settings.gate.enabled) return off;
  const now = clock.now();
  if (
    order.evidence !== undefined &&
    allows({ ...order.evidence, durationMs: 0, checks: [] }, order.to, order.toRelease.id, now)
  ) {
    const age = describeMs(now - Date.parse(order.evidence.at));
    return { verdict: "pass", detail: `evidence for ${order.toRelease.id} in ${order.to} is ${age} old` };
  }
  const { gate, objectives = [] } = order.settings;
  const own = { objectives, service: order.service, secrets: order.secrets ?? {} };
  const evidence = await runGate(driver, await subjectOf(run), gate, "full", clock, own);
  run.record.healthCheckMs = (run.record.healthCheckMs ?? 0) + evidence.durationMs;
  const detail = evidence.verdict === "pass" ? `${evidence.checks.length} checks passed` : describeFailure(evidence);
  return { verdict: evidence.verdict, detail };
}

/** The last look before traffic moves: nothing may have changed since the gate. */
export async function stillReady(run: Run): Promise<Outcome> {
  const { driver, order } = run;
  const condition = await driver.condition(order.to);
  const down = condition.instances.filter((instance) => !instance.running);
  if (down.length > 0 || condition.instances.length < order.toRelease.replicas) {
    const up = condition.instances.length - down.length;
    return { verdict: "fail", detail: `${up} of ${order.toRelease.replicas} instances of ${order.to} run` };
  }
  if (condition.release !== order.toRelease.id) {
    const runs = condition.release === "" ? "no release" : `release ${condition.release}`;
    return { verdict: "fail", detail: `${order.to} runs ${runs}, not ${order.toRelease.id}` };
  }
  const route = await driver.readRoute();
  if (route?.revision !== run.route?.revision) {
    return { verdict: "fail", detail: "the route was moved by somebody else since this cutover began" };
  }
  return { verdict: "pass", detail: `${condition.instances.length} instances run, the route is as it was` };
}

const off: Outcome = { verdict: "pass", detail: "the gate is switched off in the config: no evidence was asked for" };

async function subjectOf(run: Run): Promise<Subject> {
  const { order, driver } = run;
  const { to, toRelease, from } = order;
  // A rollback must not be held up by a larger or dying live slot: the standby keeps the size it had.
  const serving =
    from === "none" || order.kind === "rollback"
      ? 0
      : (await driver.condition(from)).instances.filter((i) => i.running).length;
  return { slot: to, release: toRelease.id, replicas: Math.max(toRelease.replicas, serving) };
}
