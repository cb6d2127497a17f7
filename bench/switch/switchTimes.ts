import type { Slot } from "../../components/model/words";

/** Answers in columns: there are tens of thousands, and they come from another process. Times in ms of the machine's one monotonic clock. */
export interface Answers {
  sentAt: Float64Array;
  at: Float64Array;
  /** 0 blue, 1 green, 2 neither. */
  slot: Uint8Array;
}

/** A write of the route. The old slot is the other one. */
export interface Write {
  to: Slot;
  /** Before the call that wrote. */
  begunAt: number;
  /** When that call had returned. */
  acknowledgedAt: number;
}

export interface SwitchSeen {
  /** From `begunAt` to the first answer of the new slot; undefined when there was none. */
  firstNewMs: number | undefined;
  /** From `begunAt` to the last answer of the old slot; 0 when none came after it. */
  lastOldMs: number;
  /** Answers of the old slot to requests that were sent after the write was acknowledged. */
  stale: number;
}

/** The only clock that all processes of a machine share, whatever is done to the wall clock meanwhile. Ms. */
export function machineClock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What clients saw of each write, from one write to the next. */
export function switchesSeen(answers: Answers, writes: readonly Write[]): SwitchSeen[] {
  return writes.map((write, index) => {
    const until = writes[index + 1]?.begunAt ?? Infinity;
    const settledAt = writes[index - 1]?.acknowledgedAt ?? -Infinity;
    const to = write.to === "blue" ? 0 : 1;
    const from = 1 - to;
    let firstNew = Infinity;
    let lastOld = write.begunAt;
    let stale = 0;
    for (const [i, at] of answers.at.entries()) {
      const slot = answers.slot[i];
      const sentAt = answers.sentAt[i] ?? NaN;
      // From the next write on, an answer of the old slot may be the new one's of that write.
      if (at < write.begunAt || at >= until) continue;
      if (slot === from) lastOld = Math.max(lastOld, at);
      if (slot === from && sentAt > write.acknowledgedAt) stale++;
      // The new slot was the old one before: an answer it still owed from then is no sign of this switch.
      if (slot === to && sentAt >= settledAt) firstNew = Math.min(firstNew, at);
    }
    return {
      firstNewMs: firstNew === Infinity ? undefined : firstNew - write.begunAt,
      lastOldMs: lastOld - write.begunAt,
      stale,
    };
  });
}
