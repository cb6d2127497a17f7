import { driftFrom, standbyOf, type CutoverRecord } from "../model/record";
import { transitionOf, type Live, type Standby, type Transition, type Wanted } from "../model/transition";
import { describeWeights, SLOTS, type Slot } from "../model/words";
import type { Driver } from "../platforms/driver";
import type { SwitchInputs } from "./inputs";

/** Everything a decision about the traffic needs, read from the platform just now. */
export interface Situation {
  live: Live | undefined;
  standby: Standby | undefined;
  records: CutoverRecord[];
  /** When the last cutover ended, ISO; "" before the first. Evidence from before it no longer counts. */
  voidBefore: string;
  transition: Transition;
  /** Live against the last record; `none` when they agree. */
  drift: string;
}

/** Reads the live route, what the slots run, and the history. Throws when the route cannot be told. */
export async function situation(driver: Driver, inputs: SwitchInputs, now: number): Promise<Situation> {
  const [route, records] = await Promise.all([driver.readRoute(), driver.records()]);
  let live: Live | undefined;
  // A route that never had a successful first deployment serves nobody yet, so its slot may still change in place.
  const promoted = records.some((record) => record.completion === "Promoted");
  if (route !== undefined && (promoted || route.weights[inputs.activeSlot] !== 100)) {
    const releases: Partial<Record<Slot, string>> = {};
    for (const slot of SLOTS) {
      const release = (await driver.condition(slot)).release;
      if (release !== "") releases[slot] = release;
    }
    // A change nobody confirmed will fall back by itself: what counts is what it falls back to.
    live = { weights: route.transaction?.fallback ?? route.weights, releases };
  }
  const standby = standbyOf(records);
  const rules = { rollbackWindowMs: inputs.settings.rollbackWindowMs, now };
  return {
    live,
    standby,
    records,
    voidBefore: records.find((record) => record.endedAt !== undefined)?.endedAt ?? "",
    transition: transitionOf(live, wantedOf(inputs), standby, rules),
    drift: driftOf(live, records),
  };
}

export function wantedOf(inputs: SwitchInputs): Wanted {
  const releases: Wanted["releases"] = {};
  for (const slot of SLOTS) {
    const release = inputs.releases[slot];
    if (release !== undefined) releases[slot] = release.id;
  }
  return { activeSlot: inputs.activeSlot, releases };
}

function driftOf(live: Live | undefined, records: readonly CutoverRecord[]): string {
  const said = live === undefined ? undefined : driftFrom(records, live.weights);
  if (live === undefined || said === undefined) return "none";
  return `live is ${describeWeights(live.weights)}, the last record says ${describeWeights(said)}`;
}
