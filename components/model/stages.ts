import { all, share, STAGES, type Completion, type Slot, type Stage, type Verdict, type Weights } from "./words";

/** Where a cutover stands: at a stage, on its way back, or at its end. */
export type Position = { at: Stage } | { at: "revert" } | { at: "end"; completion: Completion };

/** The stages of each kind of cutover. A rollback asks for readiness only: no smoke, no hooks, no steps, no bake. */
export const COURSE: Record<"initial" | "switch" | "rollback" | "repair", readonly Stage[]> = {
  initial: ["RECONCILE", "POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "CLEAN_UP"],
  switch: STAGES,
  repair: STAGES,
  rollback: ["RECONCILE", "POST_SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "CLEAN_UP"],
};

/** Traffic may have moved once this stage began; a failure from here on takes it back. */
const MOVED: ReadonlySet<Stage> = new Set<Stage>([
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
  "BAKE_TIME",
]);

/**
 * What follows a stage, given what it found. Total: every kind, stage and verdict has an answer. Only `pass` goes on.
 * Draining and recording (CLEAN_UP) can no longer take a switch back: what went wrong there is told, and the switch stands.
 */
export function next(kind: keyof typeof COURSE, stage: Stage, verdict: Verdict): Position {
  if (stage === "CLEAN_UP") return { at: "end", completion: kind === "rollback" ? "FastRolledBack" : "Promoted" };
  if (verdict !== "pass") {
    return kind !== "initial" && MOVED.has(stage) ? { at: "revert" } : { at: "end", completion: "Aborted" };
  }
  // By the order of all stages, so that a stage outside this course leads onwards too, never back to the start.
  const following = COURSE[kind].find((candidate) => STAGES.indexOf(candidate) > STAGES.indexOf(stage));
  return { at: following ?? "CLEAN_UP" };
}

/** How a revert ended. */
export function afterRevert(succeeded: boolean): Completion {
  return succeeded ? "RolledBack" : "Failed";
}

/** The weights of each step. Steps rise and end at 100, as the config was checked. */
export function weightsOf(to: Slot, steps: readonly number[]): Weights[] {
  return steps.map((percent) => (percent === 100 ? all(to) : share(to, percent)));
}

/** Why these steps cannot be followed; undefined when they can. */
export function stepsProblem(steps: readonly number[]): string | undefined {
  if (steps.length === 0) return "there must be at least one step";
  if (steps.at(-1) !== 100) return "the last step must be 100";
  for (const [i, step] of steps.entries()) {
    if (i > 0 && step <= (steps[i - 1] ?? 0))
      return `step ${i + 1} (${step}) must be above the one before it (${steps[i - 1] ?? 0})`;
  }
  return undefined;
}
