import { asksApproval, decide, type Decision, type Standing } from "../components/approval/decision";
import type { Approval } from "../components/approval/schema";
import { COURSE, next, type Position } from "../components/model/stages";
import type { CutoverRecord } from "../components/model/record";
import { versionOf } from "../components/model/release";
import type { Slot, Stage } from "../components/model/words";

/** A cutover that has not ended, as `status` reports it. One whose process was killed looks the same until the next update. */
export interface RunningCutover {
  id: string;
  /** ISO time. */
  since: string;
  from: Slot | "none";
  to: Slot;
  /** The stage it is at; `revert` while it takes the traffic back, `end` while it closes its record. */
  at: Stage | "revert" | "end";
  /** Present while a person is asked. */
  approval: { stage: Stage; until: string } | null;
}

/** The cutover that has no end yet. Not always the newest record: one that was refused beside it ended at once. */
export function runningOf(records: readonly CutoverRecord[]): CutoverRecord | undefined {
  return records.find((record) => record.completion === undefined);
}

/** Where it is, by its journal: that has the stages that ended. */
export function positionOf({ kind, stages }: CutoverRecord): Position {
  const last = stages.at(-1);
  return last === undefined ? { at: COURSE[kind][0] ?? "RECONCILE" } : next(kind, last.stage, last.verdict);
}

/** Stages that are still to ask for approval, the present one first. */
export function stillAsks(record: CutoverRecord, approval: Approval | undefined): Stage[] {
  const { at } = positionOf(record);
  if (approval === undefined || at === "revert" || at === "end") return [];
  const course = COURSE[record.kind];
  return course.slice(course.indexOf(at)).filter((stage) => asksApproval(approval, record.kind, stage));
}

/** How the approval of the present stage stands; undefined when that asks for none. The cutover judges by the same rules. */
export function standingOf(
  record: CutoverRecord,
  approval: Approval | undefined,
  decisions: readonly Decision[],
  now: number,
): Standing | undefined {
  if (approval === undefined || stillAsks(record, approval)[0] !== positionOf(record).at) return undefined;
  const last = record.stages.at(-1);
  const since = Date.parse(last?.startedAt ?? record.startedAt);
  const { kind, to, toRelease: id, who } = record;
  const toRelease = { id, version: versionOf(id), artefact: "", replicas: 0 };
  return decide(approval, { kind, to, toRelease, who }, decisions, now, since + (last?.durationMs ?? 0), since);
}

export function runningCutover(
  record: CutoverRecord,
  approval: Approval | undefined,
  decisions: readonly Decision[],
  now: number,
): RunningCutover {
  const { id, startedAt: since, from, to } = record;
  const { at } = positionOf(record);
  const standing = standingOf(record, approval, decisions, now);
  const asked = standing?.answer === "waiting" && at !== "revert" && at !== "end";
  const until = asked ? new Date(standing.until).toISOString() : "";
  return { id, since, from, to, at, approval: asked ? { stage: at, until } : null };
}
