import type { CutoverRecord } from "../model/record";
import type { Completion, Slot, Verdict, Weights } from "../model/words";

/** What a webhook can be told of. */
export const EVENTS = [
  "started",
  "stage",
  "promoted",
  "rolledBack",
  "aborted",
  "failed",
  "awaitingApproval",
  "breach",
] as const;
export type EventName = (typeof EVENTS)[number];

/** Something that happened in a cutover, to be told once. */
export interface Happening {
  /** Names it among all of its cutover, such as `stage/BAKE_TIME`: the same one is told only once, however often it is given. */
  transition: string;
  event: EventName;
  /** ISO time. */
  at: string;
  cutover: string;
  service: string;
  stack: string;
  kind: CutoverRecord["kind"];
  from: Slot | "none";
  to: Slot;
  fromRelease: string;
  toRelease: string;
  who: string;
  /** A stage, or REVERT. */
  stage?: string;
  verdict?: Verdict;
  /** For people. */
  detail?: string;
  /** The route afterwards, where it is known. */
  weights?: Weights;
  completion?: Completion;
  totalMs?: number;
}

/** A happening with its place in its cutover, counted from 1. */
export interface CutoverEvent extends Happening {
  sequence: number;
}

/** The same for each attempt to tell of the same event: whoever has seen it can leave out what comes again. */
export function keyOf(event: Pick<CutoverEvent, "cutover" | "sequence">): string {
  return `${event.cutover}/${event.sequence}`;
}

/** The event that a completion is. */
export function endOf(completion: Completion): EventName {
  switch (completion) {
    case "Promoted":
    case "FastPromoted":
      return "promoted";
    case "RolledBack":
    case "FastRolledBack":
      return "rolledBack";
    case "Aborted":
    case "Superseded":
      return "aborted";
    case "Failed":
      return "failed";
  }
}

export function startedEvent(record: CutoverRecord): Happening {
  return { ...common(record), transition: "started", event: "started", at: record.startedAt };
}

/** The newest stage of a record, or the way back when it is given. */
export function stageEvent(
  record: CutoverRecord,
  stage: { stage: string; startedAt: string; durationMs: number; verdict: Verdict; detail: string },
): Happening {
  const at = new Date(Date.parse(stage.startedAt) + stage.durationMs).toISOString();
  const { verdict, detail } = stage;
  return {
    ...common(record),
    transition: `stage/${stage.stage}`,
    event: "stage",
    at,
    stage: stage.stage,
    verdict,
    detail,
  };
}

/** How it ended; undefined while it runs. */
export function endEvent(record: CutoverRecord): Happening | undefined {
  const { completion, endedAt, reason, weights, totalMs } = record;
  if (completion === undefined) return undefined;
  return {
    ...common(record),
    transition: "end",
    event: endOf(completion),
    at: endedAt ?? record.startedAt,
    completion,
    ...(reason === undefined ? {} : { detail: reason }),
    ...(weights === undefined ? {} : { weights }),
    ...(totalMs === undefined ? {} : { totalMs }),
  };
}

export function approvalEvent(record: CutoverRecord, stage: string, detail: string, now: number): Happening {
  const at = new Date(now).toISOString();
  return { ...common(record), transition: `approval/${stage}`, event: "awaitingApproval", at, stage, detail };
}

/** @param count which breach of this objective it is in this stage, from 1. */
export function breachEvent(
  record: CutoverRecord,
  breach: { stage: string; objective: string; count: number; detail: string },
  now: number,
): Happening {
  const { stage, objective, count, detail } = breach;
  const at = new Date(now).toISOString();
  const transition = `breach/${stage}/${objective}/${count}`;
  return {
    ...common(record),
    transition,
    event: "breach",
    at,
    stage,
    verdict: "fail",
    detail: `${objective}: ${detail}`,
  };
}

/**
 * All that a record tells of its cutover, in order. Giving these again after an interruption tells what was not told before,
 * and nothing twice.
 */
export function eventsOf(record: CutoverRecord): Happening[] {
  const end = endEvent(record);
  return [
    startedEvent(record),
    ...record.stages.map((stage) => stageEvent(record, stage)),
    ...(end === undefined ? [] : [end]),
  ];
}

function common(record: CutoverRecord) {
  const { id: cutover, service, stack, kind, from, to, fromRelease, toRelease, who } = record;
  return { cutover, service, stack, kind, from, to, fromRelease, toRelease, who };
}
