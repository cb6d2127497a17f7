import type { Slot, Weights } from "../../../model/words";
import type { Cuttable } from "./exchange";
import type { RouterSettings, SlotUpstreams } from "./state";
import { SlotCounters } from "./traffic";
import { Upstream } from "./upstream";

/** One slot as requests see it: its instances, its counters, and what is under way on it. */
export class SlotPool {
  readonly counters = new SlotCounters();
  /** Public requests and upgraded connections under way, which a drain waits for. */
  readonly underWay: Cuttable[] = [];
  upstreams: Upstream[] = [];
  release = "";
  /** The headers that every answer of this slot carries, whatever the application says. */
  stamp: readonly string[] = [];
  /** For the smooth weighted choice. */
  credit = 0;
  private turn = 0;
  private readonly drained: (() => void)[] = [];

  constructor(readonly slot: Slot) {
    this.setRelease("");
  }

  update(slot: SlotUpstreams, timeouts: RouterSettings["upstreamTimeouts"]): void {
    this.setRelease(slot.release);
    const before = this.upstreams;
    this.upstreams = slot.instances.map(
      ({ host, port }) =>
        before.find(
          (upstream) =>
            upstream.instance.host === host &&
            upstream.instance.port === port &&
            sameTimeouts(upstream.timeouts, timeouts),
        ) ?? new Upstream({ host, port }, timeouts),
    );
    for (const upstream of before) if (!this.upstreams.includes(upstream)) upstream.retire();
  }

  /** The well instance with the fewest requests in flight, in turn among equals. Unwell ones only when no other is left. */
  pick(now: number, tried: readonly Upstream[] | null): Upstream | undefined {
    const { upstreams } = this;
    const count = upstreams.length;
    if (count === 1 && tried === null) return upstreams[0];
    let best: Upstream | undefined;
    let bestIsWell = false;
    this.turn = (this.turn + 1) % Math.max(count, 1);
    for (let i = 0; i < count; i++) {
      const upstream = upstreams[(this.turn + i) % count];
      if (upstream === undefined || tried?.includes(upstream) === true) continue;
      const isWell = upstream.isWell(now);
      if (
        best === undefined ||
        (isWell && !bestIsWell) ||
        (isWell === bestIsWell && upstream.inFlight < best.inFlight)
      ) {
        best = upstream;
        bestIsWell = isWell;
      }
    }
    return best;
  }

  // An array in which the last element takes the place of one that leaves. A Set must not be used: the tables it grows out
  // of keep what they held alive until a full garbage collection, which made each small one take 20 ms instead of 1.
  begin(work: Cuttable): void {
    work.place = this.underWay.push(work) - 1;
  }

  end(work: Cuttable): void {
    const last = this.underWay.pop();
    if (last !== undefined && last !== work) {
      this.underWay[work.place] = last;
      last.place = work.place;
    }
    if (this.underWay.length === 0 && this.drained.length > 0) for (const tell of this.drained.splice(0)) tell();
  }

  /** Calls back once, when nothing public is under way any more. */
  whenIdle(tell: () => void): void {
    if (this.underWay.length === 0) tell();
    else this.drained.push(tell);
  }

  private setRelease(release: string): void {
    this.release = release;
    this.stamp = ["x-bluegreen-slot", this.slot, "x-bluegreen-release", release];
  }
}

function sameTimeouts(a: RouterSettings["upstreamTimeouts"], b: RouterSettings["upstreamTimeouts"]): boolean {
  return a.connectMs === b.connectMs && a.headersMs === b.headersMs && a.bodyMs === b.bodyMs;
}

/**
 * Smooth weighted choice: over any 100 requests each slot gets its weight's worth, evenly spread. A slot without weight, or
 * without instances while the other one has both, is never chosen.
 */
export function chooseByWeight(blue: SlotPool, green: SlotPool, weights: Weights): SlotPool {
  if (weights.green === 0) return blue;
  if (weights.blue === 0) return green;
  if (green.upstreams.length === 0) return blue;
  if (blue.upstreams.length === 0) return green;
  blue.credit += weights.blue;
  green.credit += weights.green;
  const chosen = blue.credit >= green.credit ? blue : green;
  chosen.credit -= 100;
  return chosen;
}
