import { RouteConflict, type LiveRoute } from "../platforms/driver";
import { weightsOf } from "../model/stages";
import { describeWeights, sameWeights, type Weights } from "../model/words";
import { insist } from "./insist";
import { announce, type Outcome, type Run } from "./run";
import { watch } from "./watch";

/** Moves the weights step by step; each step but the last is watched before the next. */
export async function shift(run: Run): Promise<Outcome> {
  const { settings, to, kind } = run.order;
  const steps = kind === "switch" ? settings.steps : [100];
  for (const [i, weights] of weightsOf(to, steps).entries()) {
    if (run.lost !== undefined) return { verdict: "error", detail: run.lost };
    await announce(run, weights);
    const found = await write(run, weights);
    if (found instanceof RouteConflict) {
      // Nothing was written: these weights, if they are live, are somebody else's.
      run.record.written.pop();
      return { verdict: "fail", detail: found.message };
    }
    run.route = found;
    run.say(`${describeWeights(weights)} (step ${i + 1} of ${steps.length})`);
    if (i < steps.length - 1) {
      const outcome = await watch(run, {
        phase: "steps",
        durationMs: settings.stepIntervalMs,
        noTraffic: settings.bake.noTraffic,
      });
      if (outcome.verdict !== "pass")
        return { ...outcome, detail: `at ${describeWeights(weights)}: ${outcome.detail}` };
    }
  }
  return { verdict: "pass", detail: describeWeights(run.route?.weights ?? { blue: 0, green: 0 }) };
}

/** Writes the weights. A write whose answer was lost is looked for in the route before it is tried again. */
async function write(run: Run, weights: Weights): Promise<LiveRoute | RouteConflict> {
  const { driver, order, record, clock } = run;
  const expected = run.route?.revision ?? "";
  // A rollback stands at once: if this process dies now, staying on the standby is what is wanted.
  const transaction =
    order.kind === "rollback" ? undefined : { id: record.id, confirmWithinMs: order.settings.confirmMs };
  const arrived = (live: LiveRoute | undefined) =>
    live !== undefined &&
    live.revision !== expected &&
    live.transaction?.id === transaction?.id &&
    sameWeights(live.weights, weights);
  let tried = false;
  const attempt = async (): Promise<LiveRoute | RouteConflict> => {
    const live = tried ? await driver.readRoute() : undefined;
    if (live !== undefined && arrived(live)) return live;
    tried = true;
    try {
      const reason = `cutover ${record.id}`;
      return await driver.writeRoute({
        weights,
        expected,
        ...(transaction === undefined ? {} : { transaction }),
        reason,
      });
    } catch (error) {
      if (error instanceof RouteConflict) return error;
      throw error;
    }
  };
  try {
    return await insist(clock, attempt);
  } catch (error) {
    // It may have arrived all the same.
    run.route = undefined;
    throw error;
  }
}
