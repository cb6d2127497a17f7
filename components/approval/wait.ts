import { describeMs, type Clock } from "../model/clock";
import type { Stage } from "../model/words";
import {
  approvalRecord,
  asksApproval,
  decide,
  type ApprovalRecord,
  type ApprovedOrder,
  type Decision,
  type Decisions,
  type Standing,
} from "./decision";
import type { Approval } from "./schema";

export interface WaitArgs {
  approval: Approval;
  order: ApprovedOrder;
  cutoverId: string;
  stage: Stage;
  decisions: Decisions;
  clock: Clock;
  say: (line: string) => void;
  /** Approvals from before this time (ms since the epoch) belong to an earlier stage. */
  since?: number;
  /** Called once when it begins to wait: for a notification. */
  onWaiting?: (detail: string) => void;
  /** Ends the wait: the sentence says why. For a route that was lost. */
  lost?: () => string | undefined;
  /** Ends the wait too. For Ctrl-C. */
  signal?: AbortSignal;
}

export interface Waited {
  standing: Standing;
  /** For the record; absent when nobody was asked. */
  record?: ApprovalRecord;
  /** Why the wait was given up before there was an answer. */
  gaveUp?: string;
}

const POLL_MS = 1000;

/**
 * Waits for the approval of a stage. It may take longer than any other deadline of a cutover; that alone is no failure.
 * Decisions that cannot be read are said and asked for again: they are never taken for a yes.
 */
export async function waitForApproval(args: WaitArgs): Promise<Waited> {
  const { approval, order, cutoverId, stage, clock, say, since } = args;
  if (!asksApproval(approval, order.kind, stage)) {
    return { standing: { answer: "notNeeded", detail: "no approval is asked for" } };
  }
  const startedAt = clock.now();
  let waiting = false;
  let said = "";
  for (;;) {
    const read = await readable(args);
    const now = clock.now();
    const standing =
      read.problem === undefined
        ? decide(approval, order, read.decisions, now, startedAt, since)
        : unreadable(approval, read.problem, now, startedAt);
    if (read.problem !== undefined && read.problem !== said) say(read.problem);
    said = read.problem ?? "";
    if (standing.answer !== "waiting") {
      if (waiting) say(`${stage}: ${standing.detail}`);
      return { standing, record: approvalRecord(stage, standing, now, startedAt) };
    }
    const gaveUp = args.lost?.() ?? (args.signal?.aborted === true ? "it was interrupted" : undefined);
    if (gaveUp !== undefined) return { standing, record: approvalRecord(stage, standing, now, startedAt), gaveUp };
    if (!waiting) {
      waiting = true;
      say(
        `${stage}: ${standing.detail}; waiting up to ${describeMs(approval.timeoutMs)} for ` +
          `\`bluegreen approve ${cutoverId}\` or \`bluegreen reject ${cutoverId}\``,
      );
      args.onWaiting?.(standing.detail);
    }
    await clock.sleep(POLL_MS, args.signal);
  }
}

/** What cannot be read might be a no: it holds back a yes of the config as well as one of the clock. */
function unreadable(approval: Approval, problem: string, now: number, startedAt: number): Standing {
  const until = startedAt + approval.timeoutMs;
  if (!approval.wait) return { answer: "pending", detail: problem };
  if (now < until) return { answer: "waiting", until, detail: problem };
  return { answer: "timeout", then: "rollback", detail: problem };
}

async function readable({ decisions, cutoverId }: WaitArgs): Promise<{ decisions: Decision[]; problem?: string }> {
  try {
    return { decisions: await decisions.read(cutoverId) };
  } catch (error) {
    return { decisions: [], problem: (error as Error).message };
  }
}
