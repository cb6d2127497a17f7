import type { ApprovalRecord } from "../approval/decision";
import type { HookRecord } from "../hooks/sequence";
import {
  describeWeights,
  sameWeights,
  type Completion,
  type Slot,
  type Stage,
  type Verdict,
  type Weights,
} from "./words";

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
  /** The route when the record was closed; absent when it could not be read, or was moved by somebody else after an interruption. */
  weights?: Weights;
  /** After the write that gave the new slot everything: ms to its first answer and to the old slot's last one. */
  switchTimes?: { firstNewMs?: number; lastOldMs?: number };
  traffic?: TrafficSeen;
  drained?: { finished: number; cut: number; waitedMs: number };
  /** Hooks as they ran; absent when there were none. */
  hooks?: HookRecord[];
  /** Approvals that were asked for: who answered what, and when. */
  approvals?: ApprovalRecord[];
  /** The objectives of the config as they ended. */
  objectives?: { name: string; verdict: Verdict; detail: string }[];
  completion?: Completion;
  /** Why it ended as it did, for people. */
  reason?: string;
  /** Who ran it: the user's name and machine, or what CI says. */
  who: string;
}

/** What the history says is true when nothing is running. */
export interface Committed {
  weights: Weights;
  record: CutoverRecord;
}

/** The newest closed record that left a route behind. Records come newest first. */
export function committed(records: readonly CutoverRecord[]): Committed | undefined {
  for (const record of records) {
    const weights = leftBehind(record);
    if (weights !== undefined) return { weights, record };
  }
  return undefined;
}

/** A cutover that ended before it wrote anything only saw the route: what it saw may be the drift that stopped it. */
function leftBehind(record: CutoverRecord): Weights | undefined {
  if (record.completion === undefined) return undefined;
  return record.completion === "Aborted" && record.written.length === 0 ? undefined : record.weights;
}

/**
 * The weights that the history says should be live, when the live ones were made by somebody else; undefined when they are
 * this program's. Whatever a cutover wrote counts as its own until a later record says how it ended: it may have been
 * killed, or may not have been able to read the route at its end.
 */
export function driftFrom(records: readonly CutoverRecord[], live: Weights): Weights | undefined {
  for (const record of records) {
    const weights = leftBehind(record);
    if (weights !== undefined) return sameWeights(weights, live) ? undefined : weights;
    if (record.written.some((written) => sameWeights(written, live))) return undefined;
  }
  return undefined;
}

/**
 * Whether the switch of an interrupted cutover stands: all the weight is where it wrote it, and since no change is open any
 * more, that was confirmed. `live` are the weights at rest. Only draining and its record were missing.
 */
export function stands(record: CutoverRecord, live: Weights): boolean {
  if (record.completion !== undefined || record.kind === "initial" || live[record.to] !== 100) return false;
  return record.written.some((written) => sameWeights(written, live));
}

/**
 * The record of a cutover whose process was killed, closed by whoever comes next. `left`: what it left behind; undefined when
 * somebody else has moved the route since.
 */
export function closedAfterwards(
  record: CutoverRecord,
  live: Weights,
  left: Weights | undefined,
  now: number,
): CutoverRecord {
  const stage = record.stages.at(-1)?.stage;
  const where = stage === undefined ? "before its first stage ended" : `after ${stage}`;
  const success: Completion = record.kind === "rollback" ? "FastRolledBack" : "Promoted";
  return {
    ...record,
    endedAt: new Date(now).toISOString(),
    ...(left === undefined ? {} : { weights: left }),
    completion: left !== undefined && stands(record, left) ? success : "Aborted",
    reason: `interrupted ${where}; then ${describeWeights(live)} served`,
  };
}

/**
 * The slot that the newest successful switch relieved: the fast way back. None are a slot that a fast rollback relieved,
 * a slot that lost a split route, and a slot whose release did not pass its own switch: they must pass the gate to come back.
 */
export function standbyOf(
  records: readonly CutoverRecord[],
): { slot: Slot; release: string; since: number } | undefined {
  const newest = records.findIndex((record) => record.completion !== undefined && SUCCESSES.has(record.completion));
  const last = records[newest];
  if (last === undefined || last.completion === "FastRolledBack" || last.kind !== "switch") return undefined;
  const { from: slot, fromRelease: release, endedAt } = last;
  if (slot === "none" || endedAt === undefined) return undefined;
  // When the history no longer reaches back that far, the release has served for long.
  const arrival = records.slice(newest + 1).find((record) => record.to === slot && record.toRelease === release);
  if (arrival !== undefined && !passed(arrival)) return undefined;
  return { slot, release, since: Date.parse(endedAt) };
}

const SUCCESSES: ReadonlySet<Completion> = new Set<Completion>(["Promoted", "FastPromoted", "FastRolledBack"]);

/** A route that somebody else moved and the config agreed to was never gated: its record has no writes of its own. */
function passed(record: CutoverRecord): boolean {
  const agreed = record.kind === "repair" && record.written.length === 0;
  return record.completion !== undefined && SUCCESSES.has(record.completion) && !agreed;
}
