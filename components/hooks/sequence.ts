import type { Outcome, Run } from "../cutover/run";
import { describeMs } from "../model/clock";
import type { Verdict } from "../model/words";
import { contextOf } from "./context";
import type { Hook, Migration } from "./hook";
import { runHook, type HookMeans } from "./run";
import { afterHook, hooksOf, type HookStage } from "./stages";

/** One hook of a cutover as it went; `CutoverRecord.hooks` is a list of these. */
export interface HookRecord {
  name: string;
  stage: HookStage;
  /** ISO time. */
  startedAt: string;
  /** `inconclusive` while it runs, and for ever when the cutover was killed meanwhile. */
  verdict: Verdict;
  /** For people; no secrets in it. */
  detail: string;
  /** 0 when it was never begun. */
  attempts: number;
  durationMs: number;
  migration?: Migration;
}

/** The part of a run that hooks need. */
export type HookedRun = Pick<Run, "order" | "driver" | "clock" | "say" | "save"> & {
  record: Run["record"] & { hooks?: HookRecord[] };
};

/**
 * Runs the hooks of a stage one after the other, notes each in the record before and after, and ends at the first one whose
 * failure stops or reverts the cutover. Never throws. At REVERT the outcome is always a pass, and nothing ends a hook early but
 * its own deadline.
 *
 * @returns undefined when the stage has no hooks; otherwise what the stage is to make of them.
 */
export async function runHooks(
  run: HookedRun,
  stage: HookStage,
  hooks: readonly Hook[],
  means: HookMeans = {},
): Promise<Outcome | undefined> {
  const due = hooksOf(stage, hooks, run.order.kind);
  if (due.length === 0) return undefined;
  const { signal, ...lasting } = means;
  const given: HookMeans = {
    slots: run.driver,
    ...lasting,
    ...(signal === undefined || stage === "REVERT" ? {} : { signal }),
  };
  let warnings = 0;
  for (const hook of due) {
    const result = await runOne(run, stage, hook, given);
    const consequence = afterHook(stage, hook, result.verdict);
    const took = describeMs(result.durationMs);
    if (consequence === "continue") {
      run.say(`hook ${hook.name}: ${result.detail} (${took})`);
      continue;
    }
    const told = `hook ${hook.name}: ${result.verdict}: ${result.detail}`;
    if (consequence !== "warn") return { verdict: result.verdict, detail: told };
    warnings += 1;
    run.say(`warning: ${told} (${took})`);
  }
  const count = due.length === 1 ? "1 hook" : `${due.length} hooks`;
  return { verdict: "pass", detail: warnings === 0 ? `${count} done` : `${count}, ${warnings} with a warning` };
}

/**
 * Whether the hooks of REVERT are owed: the cutover did not succeed, and it ran hooks or moved traffic. Holds for one that is
 * about to end as well as for one whose process was killed.
 */
export function revertHooksDue(record: HookedRun["record"]): boolean {
  const { completion, hooks = [], written } = record;
  if (completion === "Promoted" || completion === "FastPromoted" || completion === "FastRolledBack") return false;
  return (hooks.length > 0 || written.length > 0) && !hooks.some((hook) => hook.stage === "REVERT");
}

async function runOne(run: HookedRun, stage: HookStage, hook: Hook, means: HookMeans): Promise<HookRecord> {
  const { order, driver, clock, record } = run;
  const entry: HookRecord = {
    name: hook.name,
    stage,
    startedAt: new Date(clock.now()).toISOString(),
    verdict: "inconclusive",
    detail: "begun, and not known to have ended",
    attempts: 1,
    durationMs: 0,
    ...(hook.migration === undefined ? {} : { migration: hook.migration }),
  };
  (record.hooks ??= []).push(entry);
  const problem = await noted(run);
  if (problem !== undefined && hook.migration !== undefined) {
    // A migration that the history does not know of could later be rolled back past without a word.
    const detail = `the migration was not begun: ${problem}`;
    return Object.assign(entry, { verdict: "error", detail, attempts: 0 });
  }
  const context = await contextOf(order, record.id, stage, driver);
  Object.assign(entry, await runHook(hook, context, clock, means));
  await noted(run);
  return entry;
}

async function noted(run: HookedRun): Promise<string | undefined> {
  try {
    await run.save();
    return undefined;
  } catch (error) {
    const problem = `the journal could not be written: ${(error as Error).message}`;
    run.say(problem);
    return problem;
  }
}
