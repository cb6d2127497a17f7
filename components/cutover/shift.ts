import { RouteConflict } from "../platforms/driver";
import { weightsOf } from "../model/stages";
import { describeWeights } from "../model/words";
import { announce, type Outcome, type Run } from "./run";
import { watch } from "./watch";

/** Moves the weights step by step; each step but the last is watched before the next. */
export async function shift(run: Run): Promise<Outcome> {
  const { order, driver } = run;
  const { settings, to } = order;
  const steps = order.kind === "switch" ? settings.steps : [100];
  for (const [i, weights] of weightsOf(to, steps).entries()) {
    if (run.lost !== undefined) return { verdict: "error", detail: run.lost };
    await announce(run, weights);
    try {
      run.route = await driver.writeRoute({
        weights,
        expected: run.route?.revision ?? "",
        // A rollback stands at once: if this process dies now, staying on the standby is what is wanted.
        ...(order.kind === "rollback"
          ? {}
          : { transaction: { id: run.record.id, confirmWithinMs: settings.confirmMs } }),
        reason: `cutover ${run.record.id}`,
      });
    } catch (error) {
      if (error instanceof RouteConflict) return { verdict: "fail", detail: error.message };
      throw error;
    }
    run.say(`${describeWeights(weights)} (step ${i + 1} of ${steps.length})`);
    if (i < steps.length - 1) {
      const outcome = await watch(run, { durationMs: settings.stepIntervalMs, noTraffic: settings.bake.noTraffic });
      if (outcome.verdict !== "pass")
        return { ...outcome, detail: `at ${describeWeights(weights)}: ${outcome.detail}` };
    }
  }
  return { verdict: "pass", detail: describeWeights(run.route?.weights ?? { blue: 0, green: 0 }) };
}
