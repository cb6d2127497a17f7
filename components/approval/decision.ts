import type { CutoverOrder, Outcome } from "../cutover/run";
import { describeMs } from "../model/clock";
import type { Stage } from "../model/words";
import type { Approval } from "./schema";

/** `approve` and `reject` answer an approval; `abort` ends the cutover, `promote` has it skip what is left to watch. */
export const ACTIONS = ["approve", "reject", "abort", "promote"] as const;
export type Action = (typeof ACTIONS)[number];

/** What a person decided about a cutover. */
export interface Decision {
  action: Action;
  /** The user's name and machine, or what CI says. */
  by: string;
  /** ISO time. */
  at: string;
  reason?: string;
}

/** Where decisions about running cutovers are left, by another process, and found. */
export interface Decisions {
  /** The oldest first; none when nobody decided anything. @throws when it cannot be told */
  read(cutoverId: string): Promise<Decision[]>;
  /** Adds one. Several writers at a time lose nothing. */
  write(cutoverId: string, decision: Decision): Promise<void>;
  /** Removes what was decided about a cutover that has ended: its record says who decided what. */
  forget(cutoverId: string): Promise<void>;
}

/**
 * How an approval stands.
 *
 * - `notNeeded`: nobody is asked
 * - `approved`: by a person, or by the config for this very release
 * - `rejected`: by a person
 * - `waiting`: for a person, until a time
 * - `pending`: nobody has approved it, and the config says not to wait
 * - `timeout`: nobody answered in time; `then` says what the config makes of that
 */
export type Standing =
  | { answer: "notNeeded"; detail: string }
  | { answer: "approved"; by: string; at: string; how: "person" | "config"; reason?: string; detail: string }
  | { answer: "rejected"; by: string; at: string; reason?: string; detail: string }
  | { answer: "waiting"; until: number; detail: string }
  | { answer: "pending"; detail: string }
  | { answer: "timeout"; then: "rollback" | "continue"; detail: string };

/** One approval as it went; `CutoverRecord.approvals` is a list of these. */
export interface ApprovalRecord {
  stage: Stage;
  answer: Standing["answer"];
  by?: string;
  /** ISO time of the answer. */
  at: string;
  reason?: string;
  waitedMs: number;
}

export type ApprovedOrder = Pick<CutoverOrder, "kind" | "to" | "toRelease" | "who">;

/** Whether a stage of this cutover waits for approval. A way back and a first deployment never do. */
export function asksApproval(approval: Approval, kind: CutoverOrder["kind"], stage: Stage): boolean {
  return approval.required && kind !== "rollback" && kind !== "initial" && approval.stages.includes(stage);
}

/**
 * How the approval of a stage stands. Total and fail closed: a rejection counts however many approvals there are and whenever
 * they came, and what is not approved does not go on, unless the config says so for a time that is over.
 *
 * @param startedAt when the stage began to wait, ms since the epoch.
 * @param since approvals from before this time belong to an earlier stage. Default: none do.
 */
export function decide(
  approval: Approval,
  order: ApprovedOrder,
  decisions: readonly Decision[],
  now: number,
  startedAt: number,
  since = -Infinity,
): Standing {
  const { kind, toRelease } = order;
  if (!approval.required) return { answer: "notNeeded", detail: "the config asks for no approval" };
  if (kind === "rollback") return { answer: "notNeeded", detail: "a rollback needs no approval" };
  if (kind === "initial") return { answer: "notNeeded", detail: "a first deployment needs no approval" };
  const no = decisions.find(({ action }) => action === "reject" || action === "abort");
  if (no !== undefined)
    return { answer: "rejected", ...signed(no), detail: told(no.action === "abort" ? "aborted" : "rejected", no) };
  const named = approval.release;
  if (named !== undefined && (named === toRelease.id || named === toRelease.version)) {
    const detail = `${named} is approved by the config`;
    return { answer: "approved", by: order.who, at: new Date(now).toISOString(), how: "config", detail };
  }
  const yes = decisions.find(
    ({ action, at }) => action === "promote" || (action === "approve" && Date.parse(at) >= since),
  );
  if (yes !== undefined) return { answer: "approved", ...signed(yes), how: "person", detail: told("approved", yes) };
  const what = `${toRelease.id} in ${order.to} is not approved`;
  if (!approval.wait) return { answer: "pending", detail: `${what}, and approval.wait is off` };
  const until = startedAt + approval.timeoutMs;
  if (now < until) return { answer: "waiting", until, detail: `${what} yet` };
  const then = approval.onTimeout;
  const made = then === "continue" ? "; approval.onTimeout says to go on" : "";
  return {
    answer: "timeout",
    then,
    detail: `${what}: nobody answered within ${describeMs(approval.timeoutMs)}${made}`,
  };
}

/** What a stage makes of it. Only an approval, or one that nobody needs, is a pass. */
export function outcomeOf(standing: Standing): Outcome {
  const { answer, detail } = standing;
  switch (answer) {
    case "notNeeded":
    case "approved":
      return { verdict: "pass", detail };
    case "rejected":
      return { verdict: "fail", detail };
    case "waiting":
    case "pending":
      return { verdict: "inconclusive", detail };
    case "timeout":
      return { verdict: standing.then === "continue" ? "pass" : "timeout", detail };
  }
}

export function approvalRecord(stage: Stage, standing: Standing, now: number, startedAt: number): ApprovalRecord {
  const by = "by" in standing ? { by: standing.by } : {};
  const reason = "reason" in standing ? { reason: standing.reason } : {};
  const at = "at" in standing ? standing.at : new Date(now).toISOString();
  return { stage, answer: standing.answer, ...by, at, ...reason, waitedMs: now - startedAt };
}

/** The first wish to end the cutover and go back; undefined when nobody has it. */
export function abortRequested(decisions: readonly Decision[]): Decision | undefined {
  return decisions.find(({ action }) => action === "abort");
}

/** The first wish to skip what is left to watch; undefined when nobody has it, or somebody wants the cutover to end. */
export function promoteRequested(decisions: readonly Decision[]): Decision | undefined {
  if (decisions.some(({ action }) => action === "abort" || action === "reject")) return undefined;
  return decisions.find(({ action }) => action === "promote");
}

function signed({ by, at, reason }: Decision): { by: string; at: string; reason?: string } {
  return { by, at, ...(reason === undefined ? {} : { reason }) };
}

function told(what: string, { by, at, reason }: Decision): string {
  return `${what} by ${by} at ${at}${reason === undefined ? "" : `: ${reason}`}`;
}
