import { randomBytes } from "node:crypto";
import { describeMs, type Clock } from "../model/clock";
import type { CutoverRecord } from "../model/record";
import { afterRevert, COURSE, next, type Position } from "../model/stages";
import type { Completion, Stage } from "../model/words";
import type { Driver, LiveRoute } from "../platforms/driver";
import { endEvent, stageEvent, startedEvent } from "../notify/event";
import { revertHooksDue } from "../hooks/sequence";
import { bake } from "./bake";
import { cleanUp } from "./cleanUp";
import { scaledUp, stillReady, tested } from "./evidence";
import { CutoverFailure } from "./failure";
import { heartbeat } from "./heartbeat";
import { insist } from "./insist";
import { newsOf } from "./news";
import { perform, performHooks } from "./perform";
import { reconcile } from "./reconcile";
import { revert } from "./revert";
import { stageRecord, type CutoverOrder, type Outcome, type Run, type StageAction } from "./run";
import { shift } from "./shift";
import { verify } from "./verify";
import { heedWishes } from "./wishes";

const ACTIONS: Record<Stage, StageAction> = {
  RECONCILE: reconcile,
  POST_SCALE_UP: scaledUp,
  POST_TEST_TRAFFIC_SHIFT: tested,
  PRE_PRODUCTION_TRAFFIC_SHIFT: stillReady,
  PRODUCTION_TRAFFIC_SHIFT: shift,
  POST_PRODUCTION_TRAFFIC_SHIFT: verify,
  BAKE_TIME: bake,
  CLEAN_UP: cleanUp,
};

/**
 * Moves the route from one slot to the other, stage by stage, and takes it back when a stage does not pass.
 *
 * @returns the closed record.
 * @throws CutoverFailure when the wanted slot does not serve in the end; its record says what serves instead.
 */
export async function cutover(
  driver: Driver,
  order: CutoverOrder,
  clock: Clock,
  say: (line: string) => void,
): Promise<CutoverRecord> {
  const run = begin(driver, order, clock, say);
  try {
    await run.save();
  } catch (error) {
    const reason = `the history cannot be written: ${(error as Error).message}`;
    throw new Error(`${order.service}: ${reason}.\nTraffic did not move. Mend that and run \`pulumi up\` again.`);
  }
  run.news.publish(startedEvent(run.record));
  const beat = heartbeat(run);
  const wishes = heedWishes(run);
  let position: Position = { at: COURSE[order.kind][0] ?? "RECONCILE" };
  try {
    // The standby may have been told to stop its work when it was relieved: it takes it up again before it serves.
    if (order.kind === "rollback") await performHooks(run, "REVERT");
    while (position.at !== "end") {
      if (position.at === "revert" && run.record.written.length === 0) {
        // Refused at the first write: there is nothing to take back, and what is live now is somebody else's.
        position = { at: "end", completion: "Aborted" };
        continue;
      }
      if (position.at === "revert") {
        const outcome = await takeBack(run);
        position = { at: "end", completion: afterRevert(outcome.verdict === "pass") };
        continue;
      }
      const stage: Stage = position.at;
      const startedAt = clock.now();
      const outcome = await attempt(() => perform(run, stage, ACTIONS[stage], wishes.signal));
      const entry = stageRecord(stage, startedAt, clock, outcome);
      run.record.stages.push(entry);
      run.news.publish(stageEvent(run.record, entry));
      say(
        `${stage}: ${outcome.verdict === "pass" ? "" : `${outcome.verdict}: `}${outcome.detail} (${describeMs(clock.now() - startedAt)})`,
      );
      await journal(run);
      position = next(order.kind, stage, outcome.verdict);
    }
    if (position.completion === "Aborted" && revertHooksDue(run.record)) await performHooks(run, "REVERT");
  } finally {
    await beat.stop();
    await wishes.stop();
  }
  const completion =
    position.completion === "Promoted" && run.promoted !== undefined ? "FastPromoted" : position.completion;
  await close(run, completion);
  const end = endEvent(run.record);
  if (end !== undefined) run.news.publish(end);
  await run.news.flush(LAST_NEWS_MS);
  await driver.decisions.forget(run.record.id).catch((error: unknown) => say(`decisions: ${(error as Error).message}`));
  if (completion !== "Promoted" && completion !== "FastPromoted" && completion !== "FastRolledBack")
    throw new CutoverFailure(run.record, completion);
  say(`${order.to} serves, release ${order.toRelease.id} (${completion}, ${describeMs(run.record.totalMs ?? 0)})`);
  return run.record;
}

/** How long the last news may hold up the end of an update. What is left then is told by the next one. */
const LAST_NEWS_MS = 5000;

function begin(driver: Driver, order: CutoverOrder, clock: Clock, say: (line: string) => void): Run {
  const startedAt = new Date(clock.now()).toISOString();
  const record: CutoverRecord = {
    id: `${startedAt.replace(/[-:.]/g, "")}-${randomBytes(3).toString("hex")}`,
    service: order.service,
    stack: order.stack,
    kind: order.kind,
    from: order.from,
    to: order.to,
    fromRelease: order.fromRelease,
    toRelease: order.toRelease.id,
    startedAt,
    stages: [],
    written: [],
    who: order.who,
  };
  const save = () => driver.saveRecord(record, order.settings.keep);
  const news = newsOf(driver, order, clock, say);
  const unset = { route: undefined, found: undefined, lost: undefined, aborted: undefined, promoted: undefined };
  return { order, driver, clock, record, say, save, news, ...unset };
}

/** A journal that cannot be written stops the first write of the route (see announce), but nothing that follows it. */
async function journal(run: Run): Promise<void> {
  try {
    await run.save();
  } catch (error) {
    run.say(`the journal could not be written: ${(error as Error).message}`);
  }
}

async function takeBack(run: Run): Promise<Outcome> {
  run.say(`taking the traffic back to ${run.order.from}`);
  // Begun first, so that the old slot takes up its work again at once; waited for last, so that it holds up nothing.
  const hooks = performHooks(run, "REVERT");
  const outcome = await attempt(() => revert(run));
  await hooks;
  run.say(`revert: ${outcome.verdict === "pass" ? "" : `${outcome.verdict}: `}${outcome.detail}`);
  run.record.reason = `way back: ${outcome.detail}`;
  return outcome;
}

/** Whatever goes wrong inside a stage is its outcome: nothing may keep a cutover from reaching its end or its way back. */
async function attempt(action: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await action();
  } catch (error) {
    return { verdict: "error", detail: (error as Error).message };
  }
}

async function close(run: Run, completion: Completion): Promise<void> {
  const { record, clock } = run;
  const failed = record.stages.find((stage) => stage.verdict !== "pass");
  const reasons = [...(failed === undefined ? [] : [`${failed.stage}: ${failed.detail}`]), record.reason];
  try {
    const route = await insist(clock, () => atRest(run));
    // A change that is still open (the router is down) falls back later: what is seen now is not what is left behind.
    if (route !== undefined && route.transaction?.id !== record.id) record.weights = route.weights;
  } catch (error) {
    reasons.push(`the route could not be read at the end: ${(error as Error).message}`);
  }
  const reason = reasons.filter(Boolean).join("; ");
  if (reason !== "") record.reason = reason;
  record.completion = completion;
  const ended = clock.now();
  record.endedAt = new Date(ended).toISOString();
  record.totalMs = ended - Date.parse(record.startedAt);
  try {
    await insist(clock, () => run.save());
  } catch (error) {
    run.say(`this cutover ended with ${completion}, but its record could not be written: ${(error as Error).message}`);
  }
}

/** The route once this run's own change is no longer open: nothing renews it now, so what is left of it falls back. */
async function atRest(run: Run): Promise<LiveRoute | undefined> {
  const { driver, record, order, clock } = run;
  let route = await driver.readRoute();
  if (route?.transaction?.id === record.id) run.say("the change is not confirmed; waiting for the route to fall back");
  const limit = clock.now() + order.settings.confirmMs + 5000;
  while (route?.transaction?.id === record.id && clock.now() < limit) {
    await clock.sleep(200);
    route = await driver.readRoute();
  }
  return route;
}
