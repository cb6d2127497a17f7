import { next, type COURSE } from "../model/stages";
import { STAGES, type Stage, type Verdict } from "../model/words";
import type { Hook } from "./hook";

/** Where hooks can be: at the stages, and on the way back. */
export const HOOK_STAGES = [...STAGES, "REVERT"] as const;
export type HookStage = Stage | "REVERT";

/** What a hook's verdict means for the cutover. `stop` and `revert` are a stage that did not pass. */
export type Consequence = "continue" | "warn" | "stop" | "revert";

type CutoverKind = keyof typeof COURSE;

/** Whether a failure at this stage is one after traffic moved, and so takes it back. */
export function afterTrafficMoved(stage: HookStage): boolean {
  return stage !== "REVERT" && next("switch", stage, "fail").at === "revert";
}

/** Whether nothing found at this stage can end the cutover otherwise: the way back itself, and what follows the bake. */
export function neverTakesBack(stage: HookStage): boolean {
  return stage === "REVERT" || stage === "CLEAN_UP";
}

/**
 * Hooks that run before the work of their stage rather than after it: what prepares the shift must be done when the last
 * look is taken, and the end of the bake makes the switch permanent.
 */
export function hooksComeFirst(stage: Stage): boolean {
  return stage === "PRE_PRODUCTION_TRAFFIC_SHIFT" || stage === "BAKE_TIME";
}

/**
 * The hooks of a stage in the order they run: expand steps of a migration first, contract steps last, the others between
 * them as they are written. A fast rollback runs those of REVERT alone: nothing else may hold it up.
 */
export function hooksOf(stage: HookStage, hooks: readonly Hook[], kind: CutoverKind = "switch"): Hook[] {
  if (kind === "rollback" && stage !== "REVERT") return [];
  const rank = ({ migration }: Hook) => (migration === undefined ? 1 : migration.class === "expand" ? 0 : 2);
  return hooks.filter((hook) => hook.stage === stage).sort((a, b) => rank(a) - rank(b));
}

/**
 * What follows a hook. Total. Only `pass` goes on in silence; on the way back and after the bake any other verdict is a
 * warning, whatever the config says, so that no hook can block a revert or undo a promotion.
 */
export function afterHook(stage: HookStage, hook: Pick<Hook, "onFailure">, verdict: Verdict): Consequence {
  if (verdict === "pass") return "continue";
  if (neverTakesBack(stage) || hook.onFailure === "warn") return "warn";
  return afterTrafficMoved(stage) ? "revert" : "stop";
}
