/** The words of the field. Everything else in this project is written in them. */

/** The two permanent environments, in the order they are shown. */
export const SLOTS = ["blue", "green"] as const;
export type Slot = (typeof SLOTS)[number];

/** The other one of the two slots. */
export function other(slot: Slot): Slot {
  return slot === "blue" ? "green" : "blue";
}

/** What a look at evidence concluded. Only `pass` lets traffic move: missing data is never a pass. */
export const VERDICTS = ["pass", "fail", "inconclusive", "error", "timeout"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The steps of a cutover. The names follow Amazon ECS's native blue-green deployments where they mean the same. */
export const STAGES = [
  "RECONCILE",
  "POST_SCALE_UP",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRE_PRODUCTION_TRAFFIC_SHIFT",
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
  "BAKE_TIME",
  "CLEAN_UP",
] as const;
export type Stage = (typeof STAGES)[number];

/** How a cutover ended: Argo Rollouts' words, and `Failed` for a way back that failed too. */
export const COMPLETIONS = [
  "Promoted",
  "FastPromoted",
  "Aborted",
  "Superseded",
  "RolledBack",
  "FastRolledBack",
  "Failed",
] as const;
export type Completion = (typeof COMPLETIONS)[number];

/** The share of public traffic of each slot, in percent. The two add up to 100. */
export type Weights = Record<Slot, number>;

/** Weights that give everything to one slot. */
export function all(slot: Slot): Weights {
  return slot === "blue" ? { blue: 100, green: 0 } : { blue: 0, green: 100 };
}

/** The weights of a canary step: `percent` to one slot, the rest to the other. */
export function share(slot: Slot, percent: number): Weights {
  return slot === "blue" ? { blue: percent, green: 100 - percent } : { blue: 100 - percent, green: percent };
}

/** The slot that serves by these weights: the one with more than half; undefined on an exact half. */
export function serving(weights: Weights): Slot | undefined {
  if (weights.blue === weights.green) return undefined;
  return weights.blue > weights.green ? "blue" : "green";
}

/** `blue 100 % / green 0 %` */
export function describeWeights(weights: Weights): string {
  return `blue ${weights.blue} % / green ${weights.green} %`;
}

export function sameWeights(a: Weights, b: Weights): boolean {
  return a.blue === b.blue && a.green === b.green;
}

export function isSlot(value: unknown): value is Slot {
  return value === "blue" || value === "green";
}
