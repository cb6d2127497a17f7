import retry from "p-retry";
import { all, describeWeights } from "../model/words";
import { RouteConflict } from "../platforms/driver";
import { announce, type Outcome, type Run } from "./run";
import { answersFrom } from "./verify";

/**
 * Takes the traffic back to the old slot. Depends on the route and the old slot only. Refuses to give the traffic to an old
 * slot that has no running instance: then the new slot keeps it, and the answer says so.
 */
export async function revert(run: Run): Promise<Outcome> {
  const { driver, order, record } = run;
  if (order.from === "none") return { verdict: "fail", detail: "there is no slot to go back to" };
  const from = order.from;
  const condition = await driver.condition(from);
  if (!condition.instances.some((instance) => instance.running)) {
    if (run.route?.transaction !== undefined) await driver.commit(record.id);
    return { verdict: "fail", detail: `${from} has no running instance, so ${order.to} keeps the traffic` };
  }
  const back = all(from);
  run.lost = undefined;
  await announce(run, back);
  await retry(
    async () => {
      const live = await driver.readRoute();
      if (live === undefined) throw new Error("there is no live route");
      if (live.transaction !== undefined && live.transaction.id !== record.id) {
        throw new retry.AbortError(`cutover ${live.transaction.id} holds the route now`);
      }
      if (live.weights[from] === 100 && live.transaction === undefined) {
        run.route = live;
        return;
      }
      try {
        // Inside the open change when there is one, so that the route cannot move between the two calls.
        const transaction = { id: record.id, confirmWithinMs: order.settings.confirmMs };
        run.route = await driver.writeRoute({
          weights: back,
          expected: live.revision,
          ...(live.transaction === undefined ? {} : { transaction }),
          reason: `revert of cutover ${record.id}`,
        });
        if (live.transaction !== undefined) await driver.commit(record.id);
        delete run.route.transaction;
      } catch (error) {
        if (
          error instanceof RouteConflict &&
          error.live?.weights[from] === 100 &&
          error.live.transaction === undefined
        ) {
          run.route = error.live;
          return;
        }
        throw error;
      }
    },
    { retries: 5, minTimeout: 100, maxTimeout: 1000 },
  );
  const proof = await answersFrom(run, { slot: from, release: order.fromRelease, consecutive: 5, timeoutMs: 15_000 });
  const drained = await driver.drain(order.to, order.settings.drainMs);
  record.drained = drained;
  return { verdict: proof.verdict, detail: `${describeWeights(back)}: ${proof.detail}` };
}
