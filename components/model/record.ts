import type { Completion, Slot, Stage, Verdict, Weights } from "./words";

/** One stage of a cutover as it went. */
export interface StageRecord {
  stage: Stage;
  /** ISO time. */
  startedAt: string;
  durationMs: number;
  verdict: Verdict;
  /** One sentence for people. */
  detail: string;
}

/** The new slot's answers over one time, as the route counted them. */
export interface TrafficSeen {
  requests: number;
  failed: number;
}

/** One entry of the deployment history. While the cutover runs it is its journal: `completion` is not there yet. */
export interface CutoverRecord {
  /** Time-ordered and unique. */
  id: string;
  service: string;
  stack: string;
  kind: "initial" | "switch" | "rollback" | "repair";
  from: Slot | "none";
  to: Slot;
  fromRelease: string;
  toRelease: string;
  /** ISO times. */
  startedAt: string;
  endedAt?: string;
  totalMs?: number;
  /** From the first write of the route to the last proof from the data plane, ms. */
  cutoverMs?: number;
  /** Time the gate took, ms. */
  healthCheckMs?: number;
  stages: StageRecord[];
  /** The weights this cutover wrote or was about to write, in order; the way to tell its own traces from drift. */
  written: Weights[];
  /** The route when the record was closed. */
  weights?: Weights;
  /** After the write that gave the new slot everything: ms to its first answer and to the old slot's last one. */
  switchTimes?: { firstNewMs?: number; lastOldMs?: number };
  traffic?: TrafficSeen;
  drained?: { finished: number; cut: number; waitedMs: number };
  completion?: Completion;
  /** Why it ended as it did, for people. */
  reason?: string;
  /** Who ran it: the user's name and machine, or what CI says. */
  who: string;
}

/** What the history says is true when nothing is running: who serves, and since when the other waits. */
export interface Committed {
  weights: Weights;
  record: CutoverRecord;
}

/** The newest closed record that left a route behind. Records come newest first. */
export function committed(records: readonly CutoverRecord[]): Committed | undefined {
  for (const record of records) {
    if (record.weights !== undefined && record.completion !== undefined) return { weights: record.weights, record };
  }
  return undefined;
}

/**
 * The slot that the newest successful switch relieved: the fast way back. A slot that a fast rollback relieved is none: its
 * release was turned away, and must pass the gate again to come back.
 */
export function standbyOf(
  records: readonly CutoverRecord[],
): { slot: Slot; release: string; since: number } | undefined {
  const last = records.find(
    (record) =>
      record.completion === "Promoted" ||
      record.completion === "FastPromoted" ||
      record.completion === "FastRolledBack",
  );
  if (last === undefined || last.completion === "FastRolledBack" || last.from === "none" || last.endedAt === undefined)
    return undefined;
  return { slot: last.from, release: last.fromRelease, since: Date.parse(last.endedAt) };
}
