import { committed } from "../../components/model/record";
import { describeWeights } from "../../components/model/words";
import { confirmed } from "../confirmed";
import { messageOf } from "../failure";
import { openStack, type OpenStack } from "../openStack";
import type { ChangeOptions } from "../options";
import type { RouteStore, StoredRoute } from "../platforms/part";

export interface RepairOptions extends ChangeOptions {
  /** Also removes the lock of an update that was killed. Never while one is at work: two would write one state. @default false */
  cancel?: boolean;
}

export interface RepairResult {
  /** What was found, for people. */
  found: string[];
  /** What was changed. */
  done: string[];
  /** What is left to do. */
  next: string[];
}

/** Explains what an interruption or a damaged file has left behind, and mends what can be mended without the engine. */
export async function repair(options: RepairOptions = {}): Promise<RepairResult> {
  const opened = await openStack(options);
  const result: RepairResult = { found: [], done: [], next: [] };
  if (options.cancel === true) {
    await confirmed(options, `Remove the lock of ${opened.stackName}: is it certain that no update is at work? Go on?`);
    await opened.stack.cancel();
    result.done.push(`the lock of ${opened.stackName} was removed, if there was one`);
    result.next.push("`pulumi up`: it reads what is live and goes on from there");
  }
  const store = opened.operations.route;
  const stored = await store?.inspect();
  if (store !== undefined && stored !== undefined) await mend(opened, store, stored, options, result);
  await explain(opened, result);
  if (result.found.length === 0) result.found.push("nothing is wrong with the route, and no cutover was interrupted");
  return { ...result, next: [...new Set(result.next)] };
}

async function mend(
  { driver, stackName }: OpenStack,
  store: RouteStore,
  { path, state, problem = "", running, backup }: StoredRoute,
  options: RepairOptions,
  result: RepairResult,
): Promise<void> {
  if (state === "sound") return;
  const last = committed(await driver.records());
  if (state === "missing" && !running && last === undefined) {
    result.found.push(`${stackName} has no route yet`);
    result.next.push("`bluegreen deploy <version>` or `pulumi up`");
    return;
  }
  result.found.push(state === "missing" ? `${path} is missing` : problem);
  if (running) {
    await confirmed(options, `The router runs and knows its route: have it write ${path} anew?`);
    await store.restore("memory");
    result.done.push(`the router has written ${path} anew from its memory`);
    return;
  }
  // The history is what was proven to serve; the backup may be from the middle of a cutover.
  const agree =
    last !== undefined && backup !== undefined && last.weights[last.record.to] === backup.weights[last.record.to];
  if (backup !== undefined && (last === undefined || agree)) {
    await confirmed(
      options,
      `Restore ${describeWeights(backup.weights)} of ${backup.changedAt}, the state before the last write?`,
    );
    await store.restore("backup");
    result.done.push(`the route was restored from ${path}.bak: ${describeWeights(backup.weights)}`);
  } else if (last !== undefined) {
    const from = `the last committed record (${last.record.id}, ${last.record.completion ?? ""})`;
    const other =
      backup === undefined
        ? ""
        : ` The backup says ${describeWeights(backup.weights)}, which no finished cutover left.`;
    await confirmed(options, `Restore ${describeWeights(last.weights)}, as ${from} says?${other}`);
    await store.restore(last.weights);
    result.done.push(`the route was restored from ${from}: ${describeWeights(last.weights)}`);
  } else {
    result.found.push("there is neither a usable backup nor a finished cutover to restore it from");
    result.next.push(`move ${path} away and run \`pulumi up\`: the route then begins with all weight on activeSlot`);
    return;
  }
  result.next.push("`pulumi up`: it starts the router with this route");
}

async function explain({ driver }: OpenStack, result: RepairResult): Promise<void> {
  const [record] = await driver.records();
  if (record !== undefined && record.completion === undefined) {
    const stage = record.stages.at(-1)?.stage ?? "RECONCILE";
    result.found.push(
      `cutover ${record.id} (${record.from} to ${record.to}) has no end: it is at work, or was interrupted after ${stage}`,
    );
    result.next.push(
      "`pulumi up`: it reads what is live and goes on from there; set activeSlot first to the slot that is to serve",
    );
  }
  try {
    const open = (await driver.readRoute())?.transaction;
    if (open === undefined) return;
    const at = new Date(open.expiresAt).toISOString();
    result.found.push(
      `a change of the route is not confirmed: it falls back to ${describeWeights(open.fallback)} at ${at} by itself`,
    );
  } catch (error) {
    result.found.push(messageOf(error));
  }
}
