import { type Slot, SLOTS, type Weights, describeWeights } from "../../../model/words";
import type { RouteState, SlotUpstreams } from "./state";

/** A change that must not be made. `status` is the HTTP status it is answered with. */
export class Refusal extends Error {
  constructor(
    readonly status: 400 | 404 | 409 | 413 | 422,
    message: string,
  ) {
    super(message);
    this.name = "Refusal";
  }
}

export interface WeightChange {
  expectedRevision: number;
  weights: Weights;
  transaction?: { id: string; confirmWithinMs: number } | undefined;
  reason?: string | undefined;
}

/** The state after a write of the weights. Compare-and-set on the revision; one transaction at a time. */
export function withWeights(state: RouteState, change: WeightChange, now: number): RouteState {
  const open = state.transaction;
  if (open !== null && change.transaction?.id !== open.id)
    throw new Refusal(
      409,
      `transaction ${open.id} is open until ${new Date(open.expiresAt).toISOString()}; ${describeWeights(state.weights)} serves. Commit or abort it first.`,
    );
  if (change.expectedRevision !== state.revision)
    throw new Refusal(
      409,
      `the route is at revision ${state.revision} (${describeWeights(state.weights)}), not ${change.expectedRevision}: somebody else moved it. Nothing was written.`,
    );
  const { blue, green } = change.weights;
  if (blue + green !== 100) throw new Refusal(422, `weights must add up to 100: blue ${blue} + green ${green}`);
  const empty = SLOTS.find((slot) => change.weights[slot] > 0 && state.slots[slot].instances.length === 0);
  if (empty !== undefined)
    throw new Refusal(
      422,
      `${empty} has no instances and cannot take ${change.weights[empty]} % of the traffic; ${describeWeights(state.weights)} serves. Set the instances of ${empty} first.`,
    );
  return {
    ...state,
    revision: state.revision + 1,
    weights: change.weights,
    transaction:
      change.transaction === undefined
        ? null
        : {
            id: change.transaction.id,
            expiresAt: now + change.transaction.confirmWithinMs,
            // A further step of the same transaction keeps the way back to where it began.
            fallback: open?.fallback ?? state.weights,
          },
    changedAt: new Date(now).toISOString(),
    reason: change.reason ?? "",
  };
}

function requireOpen(state: RouteState, id: string): NonNullable<RouteState["transaction"]> {
  if (state.transaction?.id === id) return state.transaction;
  const fell = state.lastFallback?.transaction === id ? state.lastFallback : undefined;
  throw new Refusal(
    409,
    fell === undefined
      ? `transaction ${id} is not open; ${describeWeights(state.weights)} serves`
      : `transaction ${id} ${fell.cause === "expired" ? "was not confirmed in time" : "was aborted"} and the route fell back to ${describeWeights(fell.to)} at ${fell.at}`,
  );
}

export function renewed(state: RouteState, id: string, confirmWithinMs: number, now: number): RouteState {
  return { ...state, transaction: { ...requireOpen(state, id), expiresAt: now + confirmWithinMs } };
}

export function committed(state: RouteState, id: string): RouteState {
  requireOpen(state, id);
  return { ...state, transaction: null };
}

export function aborted(state: RouteState, id: string, now: number): RouteState {
  requireOpen(state, id);
  return fallenBack(state, "aborted", now);
}

export function hasExpired(state: RouteState, now: number): boolean {
  return state.transaction !== null && state.transaction.expiresAt <= now;
}

/**
 * The state after the open transaction gave up. The weights go back to where the transaction began, unless a slot that
 * would serve then has no instance left (somebody forced them away): traffic to nobody is worse than an unconfirmed route.
 */
export function fallenBack(state: RouteState, cause: "expired" | "aborted", now: number): RouteState {
  if (state.transaction === null) return state;
  const { id, fallback } = state.transaction;
  const blackout = SLOTS.some((slot) => fallback[slot] > 0 && state.slots[slot].instances.length === 0);
  if (blackout)
    return { ...state, transaction: null, reason: `transaction ${id} ${cause}; no instance to fall back to` };
  const at = new Date(now).toISOString();
  return {
    ...state,
    revision: state.revision + 1,
    weights: fallback,
    transaction: null,
    changedAt: at,
    reason: `transaction ${id} ${cause}`,
    lastFallback: { transaction: id, at, from: state.weights, to: fallback, cause },
  };
}

/** The state after a slot's instances were replaced. Emptying a slot that serves, or that may have to again, needs force. */
export function withSlot(state: RouteState, slot: Slot, upstreams: SlotUpstreams, force: boolean): RouteState {
  if (upstreams.instances.length === 0 && !force) {
    if (state.weights[slot] > 0)
      throw new Refusal(
        409,
        `${slot} serves ${state.weights[slot]} % of the traffic and cannot lose all its instances`,
      );
    const { transaction } = state;
    if (transaction !== null && transaction.fallback[slot] > 0)
      throw new Refusal(
        409,
        `${slot} is where transaction ${transaction.id} falls back to and cannot lose all its instances`,
      );
  }
  return { ...state, slotsRevision: state.slotsRevision + 1, slots: { ...state.slots, [slot]: upstreams } };
}
