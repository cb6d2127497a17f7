import { closedAfterwards, driftFrom, type CutoverRecord } from "../model/record";
import { describeWeights } from "../model/words";
import type { LiveRoute } from "../platforms/driver";
import type { Outcome, Run } from "./run";

/**
 * Reads what is live and compares it with what the history says. A change that an interrupted cutover left unconfirmed is
 * waited for: it falls back by itself. A route that nobody of ours wrote is drift, and stops the cutover unless the config
 * adopts it.
 */
export async function reconcile(run: Run): Promise<Outcome> {
  const { driver, order } = run;
  const route = await settled(run);
  if (route === undefined) {
    return { verdict: "error", detail: "there is no live route; run `pulumi refresh`, then `pulumi up`" };
  }
  if (route.transaction !== undefined) {
    const detail = `cutover ${route.transaction.id} is running; wait for it to end, then run \`pulumi up\` again`;
    return { verdict: "fail", detail };
  }
  run.route = route;
  run.found = route.weights;
  const records = (await driver.records()).filter((record) => record.id !== run.record.id);
  const said = driftFrom(records, route.weights);
  for (const record of records) {
    if (record.completion === undefined) await closeInterrupted(run, record, route, said === undefined);
  }
  if (said !== undefined) {
    const both = `live is ${describeWeights(route.weights)}, the last record says ${describeWeights(said)}`;
    if (order.settings.onDrift === "refuse") {
      const advice = "Set activeSlot to the slot that serves, or rollout.onDrift to adopt";
      return { verdict: "fail", detail: `the route was moved by somebody else: ${both}. ${advice}` };
    }
    run.say(`adopted: ${both}`);
  }
  if (order.kind !== "initial" && route.weights[order.to] === 100) {
    const detail = `${order.to} serves already: another cutover ended meanwhile. Run \`pulumi up\` again`;
    return { verdict: "fail", detail };
  }
  const live = `live: ${describeWeights(route.weights)}, revision ${route.revision}`;
  return { verdict: "pass", detail: said === undefined ? live : `adopted ${live}` };
}

/** The route once the open change that it shows is confirmed or has fallen back; as it is, when its owner keeps renewing it. */
async function settled(run: Run): Promise<LiveRoute | undefined> {
  const { driver, order, clock } = run;
  let route = await driver.readRoute();
  const open = route?.transaction;
  if (open === undefined) return route;
  run.say("another cutover's change is not confirmed yet; waiting for it to end or fall back");
  const limit = Math.max(open.expiresAt, clock.now() + order.settings.confirmMs) + 5000;
  while (route?.transaction?.id === open.id && clock.now() < limit) {
    await clock.sleep(200);
    route = await driver.readRoute();
  }
  return route;
}

async function closeInterrupted(run: Run, record: CutoverRecord, route: LiveRoute, ours: boolean): Promise<void> {
  const closed = closedAfterwards(record, route.weights, ours ? route.weights : undefined, run.clock.now());
  await run.driver.saveRecord(closed, run.order.settings.keep);
  run.say(`the cutover before this one was ${closed.reason ?? "interrupted"}`);
}
