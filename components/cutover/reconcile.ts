import { committed } from "../model/record";
import { describeWeights, type Weights } from "../model/words";
import { describeMs } from "../model/clock";
import type { Outcome, Run } from "./run";

const same = (a: Weights, b: Weights) => a.blue === b.blue && a.green === b.green;

/**
 * Reads what is live and compares it with what the history says. A change that an interrupted cutover left unconfirmed is
 * waited for: it falls back by itself. A route that nobody of ours wrote is drift, and stops the cutover unless the config adopts it.
 */
export async function reconcile(run: Run): Promise<Outcome> {
  const { driver, order, clock } = run;
  let route = await driver.readRoute();
  const open = route?.transaction;
  if (open !== undefined) {
    run.say(`another cutover's change is not confirmed yet; waiting for it to end or fall back`);
    const limit = clock.now() + order.settings.confirmMs + 5000;
    while (route?.transaction?.id === open.id && clock.now() < limit) {
      await clock.sleep(200);
      route = await driver.readRoute();
    }
    if (route?.transaction !== undefined) {
      return {
        verdict: "fail",
        detail: `cutover ${route.transaction.id} is running; wait for it to end, then run \`pulumi up\` again`,
      };
    }
  }
  if (route === undefined)
    return { verdict: "error", detail: "there is no live route; run `pulumi refresh`, then `pulumi up`" };
  run.route = route;
  const records = (await driver.records()).filter((record) => record.id !== run.record.id);
  const last = records[0];
  if (last !== undefined && last.completion === undefined) {
    const stage = last.stages.at(-1)?.stage ?? "RECONCILE";
    const reason = `interrupted after ${stage}; then ${describeWeights(route.weights)} served`;
    const ended = { endedAt: new Date(clock.now()).toISOString(), weights: route.weights };
    await driver.saveRecord({ ...last, ...ended, completion: "Aborted", reason }, order.settings.keep);
    run.say(`the cutover before this one was ${reason}`);
    if (last.written.some((weights) => same(weights, route.weights))) return live(run);
  }
  const expected = committed(records)?.weights;
  if (expected === undefined || same(expected, route.weights)) return live(run);
  const both = `live is ${describeWeights(route.weights)}, the last record says ${describeWeights(expected)}`;
  if (order.settings.onDrift === "adopt") return { verdict: "pass", detail: `adopted: ${both}` };
  return {
    verdict: "fail",
    detail: `the route was moved by somebody else: ${both}. Set activeSlot to the slot that serves, or rollout.onDrift to adopt`,
  };
}

function live(run: Run): Outcome {
  const weights = run.route?.weights ?? { blue: 0, green: 0 };
  return { verdict: "pass", detail: `live: ${describeWeights(weights)}, revision ${run.route?.revision ?? "?"}` };
}

/** Why an answer from the driver means that the route is not ours any more. */
export function lostAfter(ms: number): string {
  return `the route could not be confirmed for ${describeMs(ms)}`;
}
