import { outcomeOf } from "../approval/decision";
import { waitForApproval } from "../approval/wait";
import { runHooks } from "../hooks/sequence";
import { hooksComeFirst, type HookStage } from "../hooks/stages";
import { approvalEvent } from "../notify/event";
import type { Stage } from "../model/words";
import type { Outcome, Run, StageAction } from "./run";

/** One stage with all that belongs to it: a person's approval, its hooks, and its own work. Ends at the first that is no pass. */
export async function perform(run: Run, stage: Stage, action: StageAction, signal: AbortSignal): Promise<Outcome> {
  const hooks = () => performHooks(run, stage, signal);
  const work = hooksComeFirst(stage) ? [hooks, () => action(run)] : [() => action(run), hooks];
  const details: string[] = [];
  for (const part of [() => approved(run, stage, signal), ...work]) {
    const outcome = await part();
    if (outcome !== undefined && outcome.verdict !== "pass") return outcome;
    if (outcome !== undefined) details.push(outcome.detail);
    if (run.aborted !== undefined && stage !== "CLEAN_UP") return { verdict: "fail", detail: run.aborted };
  }
  return { verdict: "pass", detail: details.join("; ") };
}

/** The hooks of a stage, or of the way back; undefined when there are none. */
export function performHooks(run: Run, stage: HookStage, signal?: AbortSignal): Promise<Outcome | undefined> {
  const means = { secrets: run.order.secrets ?? {}, ...(signal === undefined ? {} : { signal }) };
  return runHooks(run, stage, run.order.settings.hooks ?? [], means);
}

async function approved(run: Run, stage: Stage, signal: AbortSignal): Promise<Outcome | undefined> {
  const { order, record, driver, clock } = run;
  const { approval } = order.settings;
  if (approval === undefined) return undefined;
  const {
    standing,
    record: entry,
    gaveUp,
  } = await waitForApproval({
    approval,
    order,
    cutoverId: record.id,
    stage,
    decisions: driver.decisions,
    clock,
    say: (line) => run.say(line),
    signal,
    since: Date.parse(record.stages.at(-1)?.startedAt ?? record.startedAt),
    lost: () => run.lost,
    onWaiting: (detail) => run.news.publish(approvalEvent(record, stage, detail, clock.now())),
  });
  if (standing.answer === "notNeeded") return undefined;
  if (entry !== undefined) (record.approvals ??= []).push(entry);
  if (gaveUp !== undefined) return { verdict: "fail", detail: run.aborted ?? gaveUp };
  return outcomeOf(standing);
}
