import { all, describeWeights, other, sameWeights, type Slot, type Weights } from "../model/words";
import type { LiveRoute } from "../platforms/driver";
import { insist } from "./insist";
import { announce, confirm, type Outcome, type Run } from "./run";
import { answersFrom } from "./verify";

/**
 * Takes the traffic back to the old slot. Depends on the route and the old slot only. Refuses to give the traffic to an old
 * slot that has no running instance: then the new slot gets all of it, and the answer says so. A route that somebody else
 * has moved meanwhile is left as it is.
 */
export async function revert(run: Run): Promise<Outcome> {
  const { order, driver, clock } = run;
  if (order.from === "none") return { verdict: "fail", detail: "there is no slot to go back to" };
  const from = order.from;
  run.lost = undefined;
  const refuge = await insist(clock, () => refugeOf(run, from));
  if (refuge === undefined) {
    return { verdict: "fail", detail: `neither ${from} nor ${order.to} has a running instance, so the route was left` };
  }
  const stranger = await insist(clock, () => giveAll(run, refuge));
  if (stranger !== undefined) return { verdict: "fail", detail: stranger };
  if (refuge !== from) return { verdict: "fail", detail: `${from} has no running instance, so ${refuge} serves` };
  const wanted = { slot: from, release: order.fromRelease, consecutive: 5, timeoutMs: 15_000 };
  const proof = await answersFrom(run, wanted);
  const detail = `${describeWeights(all(from))}: ${proof.detail}`;
  if (proof.verdict !== "pass") return { verdict: proof.verdict, detail };
  try {
    run.record.drained = await driver.drain(order.to, order.settings.drainMs);
    return { verdict: "pass", detail };
  } catch (error) {
    // The traffic is back, and proven so; what the failed slot still had in flight changes nothing about that.
    return { verdict: "pass", detail: `${detail}; ${order.to} was not drained: ${(error as Error).message}` };
  }
}

/** The old slot while any of its instances runs, else the new one; undefined when nothing runs at all. */
async function refugeOf(run: Run, from: Slot): Promise<Slot | undefined> {
  for (const slot of [from, other(from)]) {
    const { instances } = await run.driver.condition(slot);
    if (instances.some((instance) => instance.running)) return slot;
  }
  return undefined;
}

/** Reads the route and moves it all to one slot if it still is this run's to move; otherwise tells whose it is. */
async function giveAll(run: Run, slot: Slot): Promise<string | undefined> {
  const { driver, order, record } = run;
  const live = await driver.readRoute();
  if (live === undefined) throw new Error("there is no live route");
  const open = live.transaction;
  if (open !== undefined && open.id !== record.id) return `cutover ${open.id} holds the route now`;
  if (live.weights[slot] === 100 && open === undefined) {
    run.route = live;
    return undefined;
  }
  if (!ours(run, live))
    return `the route was moved by somebody else: ${describeWeights(live.weights)}, and was left so`;
  await noteIfPossible(run, all(slot));
  // Inside the open change when there is one, so that the route cannot move between the two calls.
  const transaction = { id: record.id, confirmWithinMs: order.settings.confirmMs };
  run.route = await driver.writeRoute({
    weights: all(slot),
    expected: live.revision,
    ...(open === undefined ? {} : { transaction }),
    reason: `revert of cutover ${record.id}`,
  });
  if (open !== undefined) await confirm(run);
  return undefined;
}

/** As this run left it, or fallen back to what it found. */
function ours(run: Run, live: LiveRoute): boolean {
  if (live.transaction?.id === run.record.id) return true;
  if (run.found !== undefined && sameWeights(live.weights, run.found)) return true;
  if (run.route !== undefined) return live.revision === run.route.revision;
  return run.record.written.some((weights) => sameWeights(weights, live.weights));
}

/** The way back must not depend on the history: what cannot be written down is said, and done all the same. */
async function noteIfPossible(run: Run, weights: Weights): Promise<void> {
  try {
    await announce(run, weights);
  } catch (error) {
    run.say(`the journal could not be written: ${(error as Error).message}`);
    run.record.written.push(weights);
  }
}
