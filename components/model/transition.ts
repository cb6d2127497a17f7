import { describeWeights, other, serving, SLOTS, type Slot, type Weights } from "./words";

/**
 * What an update is about to do to the traffic.
 *
 * - `initial`: nothing is live yet; the route is made with all its weight on the active slot
 * - `none`: the slot that is to serve serves already
 * - `switch`: a full cutover with gate, steps, verification and bake
 * - `rollback`: back to the warm standby whose release has not changed, inside the rollback window: only readiness is asked
 * - `repair`: the live route is split between the slots and no cutover runs; all of it goes to the active slot
 */
export type TransitionKind = "initial" | "none" | "switch" | "rollback" | "repair";

/** The live traffic and what each slot runs, as read from the platform just now. */
export interface Live {
  weights: Weights;
  /** The release id each slot runs now; absent when a slot has never run one. */
  releases: Partial<Record<Slot, string>>;
}

/** What the last committed cutover left behind; from the records. */
export interface Standby {
  slot: Slot;
  /** The release id the slot had when it stopped serving. */
  release: string;
  /** When it stopped serving, in ms since the epoch. */
  since: number;
}

export interface Wanted {
  activeSlot: Slot;
  /** The release id wanted in each slot; absent when the slot is not configured. */
  releases: Partial<Record<Slot, string>>;
}

/** Config that decides between a full switch and a fast rollback. */
export interface TransitionRules {
  rollbackWindowMs: number;
  now: number;
}

export interface Transition {
  kind: TransitionKind;
  /** `blue->green`, or `none`: short, for previews and policies. */
  summary: string;
  from: Slot | "none";
  to: Slot;
  fromRelease: string;
  toRelease: string;
  /** The release in the slot that serves now changes in this very update. */
  liveReleaseChanged: boolean;
  /** The release in the slot that does not serve now changes in this update. */
  idleReleaseChanged: boolean;
}

/** Works out what the update means, from what is live and what is wanted. Never from what an earlier update meant to do. */
export function transitionOf(
  live: Live | undefined,
  wanted: Wanted,
  standby: Standby | undefined,
  rules: TransitionRules,
): Transition {
  const to = wanted.activeSlot;
  const toRelease = wanted.releases[to] ?? "";
  if (live === undefined) {
    return {
      kind: "initial",
      summary: `none->${to}`,
      from: "none",
      to,
      fromRelease: "",
      toRelease,
      liveReleaseChanged: false,
      idleReleaseChanged: false,
    };
  }
  const majority = serving(live.weights) ?? other(to);
  const whole = live.weights[to] === 100;
  const from = whole ? to : majority === to ? other(to) : majority;
  const changed = (slot: Slot) => {
    const has = live.releases[slot];
    return has !== undefined && has !== "" && wanted.releases[slot] !== undefined && has !== wanted.releases[slot];
  };
  const base = {
    from,
    to,
    fromRelease: live.releases[from] ?? "",
    toRelease,
    // On a split route both slots serve: neither may change in place.
    liveReleaseChanged: SLOTS.some((slot) => live.weights[slot] > 0 && changed(slot)),
    idleReleaseChanged: SLOTS.some((slot) => live.weights[slot] === 0 && changed(slot)),
  };
  if (whole) return { ...base, kind: "none", summary: "none" };
  const summary = `${from}->${to}`;
  if (live.weights[to] > 50) return { ...base, kind: "repair", summary };
  const warm =
    standby !== undefined &&
    standby.slot === to &&
    standby.release === toRelease &&
    live.releases[to] === toRelease &&
    rules.now - standby.since <= rules.rollbackWindowMs;
  return { ...base, kind: warm ? "rollback" : "switch", summary };
}

/** Why an update can never be right, whatever the gates say; empty when it may go on. */
export function refusals(live: Live | undefined, wanted: Wanted): string[] {
  const found: string[] = [];
  const to = wanted.activeSlot;
  if (wanted.releases[to] === undefined) {
    found.push(
      `activeSlot is ${to}, but the config has no release for it. ` +
        (live === undefined
          ? `Set \`${to}\`.`
          : `Now: ${describeWeights(live.weights)}. Set \`${to}\`, or keep activeSlot.`),
    );
  }
  if (live === undefined) return found;
  for (const slot of SLOTS) {
    const weight = live.weights[slot];
    const has = live.releases[slot];
    const wants = wanted.releases[slot];
    if (weight === 0 || has === undefined || has === "" || has === wants) continue;
    const idle = other(slot);
    if (wants === undefined && slot === to) continue;
    found.push(
      wants === undefined
        ? `${slot} serves ${weight} % of the traffic, and the config no longer has a release for it. ` +
            `Keep \`${slot}\` until ${to} serves.`
        : `${slot} serves ${weight} % of the traffic with release ${has}, and this update would replace it in place with ` +
            `${wants}. Nothing was touched. Put the new release in ${idle}, run \`pulumi up\`, then set activeSlot to ` +
            `${idle}. If only files of a directory changed, pin what runs with \`${slot}.digest\`.`,
    );
  }
  return found;
}
