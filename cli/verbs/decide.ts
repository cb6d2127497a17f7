import type { Action, Decision } from "../../components/approval/decision";
import type { CutoverRecord } from "../../components/model/record";
import type { Stage } from "../../components/model/words";
import { who } from "../../components/resources/who";
import { Failure } from "../failure";
import { openStack, type OpenStack } from "../openStack";
import type { StackOptions } from "../options";
import { positionOf, runningOf, standingOf, stillAsks } from "../running";

export interface DecideOptions extends StackOptions {
  /** The id of the cutover. @default the one that is running */
  cutover?: string;
  /** Why, for the record. */
  reason?: string;
}

export interface DecideResult {
  /** The id of the cutover. */
  cutover: string;
  /** The stage it was at. */
  stage: Stage;
  /** What was written down for it. */
  decision: Decision;
  /** What comes of it, for people. */
  next: string;
}

/** Lets a stage that waits for approval go on. @throws Failure (refused) when no cutover is running that it could be about */
export const approve = (options: DecideOptions = {}): Promise<DecideResult> => decideIn("approve", options);

/** Refuses the approval: the cutover ends, and the old slot goes on serving. @throws Failure as `approve` does */
export const reject = (options: DecideOptions = {}): Promise<DecideResult> => decideIn("reject", options);

/** Ends a cutover at any stage: traffic that has moved is taken back. @throws Failure as `approve` does */
export const abort = (options: DecideOptions = {}): Promise<DecideResult> => decideIn("abort", options);

/** Approves a cutover and has it skip what is left to watch. @throws Failure as `approve` does */
export const promote = (options: DecideOptions = {}): Promise<DecideResult> => decideIn("promote", options);

async function decideIn(action: Action, options: DecideOptions): Promise<DecideResult> {
  const by = who({ ...process.env, ...options.env });
  return decideOn(await openStack(options), action, { ...options, by });
}

/** @param now milliseconds since the epoch */
export async function decideOn(
  { driver, settings }: Pick<OpenStack, "driver" | "settings">,
  action: Action,
  { cutover, reason, by }: Pick<DecideOptions, "cutover" | "reason"> & { by: string },
  now = Date.now(),
): Promise<DecideResult> {
  const record = chosen(await driver.records(), action, cutover);
  const stage = stageFor(record, action);
  const before = await earlier(driver, record.id, action);
  const next = outlook(action, record, stage, settings.approval, before, now);
  const at = new Date(now).toISOString();
  const decision: Decision = { action, by, at, ...(reason === undefined || reason === "" ? {} : { reason }) };
  await driver.decisions.write(record.id, decision);
  return { cutover: record.id, stage, decision, next };
}

function chosen(records: readonly CutoverRecord[], action: Action, id: string | undefined): CutoverRecord {
  const running = runningOf(records);
  const there = running === undefined ? "None is running now" : `The one that is running is ${running.id}`;
  if (id === undefined) {
    if (running !== undefined) return running;
    const [last] = records;
    const newest =
      last === undefined ? "There was none yet" : `The last one, ${last.id}, ended with ${last.completion ?? "?"}`;
    throw new Failure("refused", `No cutover is running, so there is nothing to ${action}. ${newest}.`);
  }
  const record = records.find((each) => each.id === id);
  if (record === undefined) {
    throw new Failure("usage", `There is no cutover ${id}. ${there}; \`bluegreen history --json\` has the ids.`);
  }
  if (record.completion !== undefined) {
    throw new Failure(
      "refused",
      `Cutover ${id} ended with ${record.completion}, so there is nothing to ${action}. ${there}.`,
    );
  }
  return record;
}

/** The stage that it is at. @throws Failure (refused) when a decision would come to nothing whatever the config says */
function stageFor({ id, kind, from, to, stages, written, ...record }: CutoverRecord, action: Action): Stage {
  const refused = (why: string) => new Failure("refused", `Cutover ${id} ${why}. Nothing was written down.`);
  if (kind === "rollback") {
    throw refused(`is a rollback to ${to}, which asks nobody and is not held up: there is nothing to ${action}`);
  }
  if (kind === "initial") throw refused(`is the first deployment, which asks nobody: there is nothing to ${action}`);
  const { at } = positionOf({ id, kind, from, to, stages, written, ...record });
  if (at === "revert") throw refused(`is taking the traffic back to ${from} already`);
  if (at === "end") throw refused(`did not pass and is ending: ${from} goes on serving`);
  if (at === "CLEAN_UP") {
    throw refused(
      `is past its bake and ${to} serves for good; it only lets ${from} finish. \`bluegreen rollback\` goes back`,
    );
  }
  return at;
}

/** What was decided before. An end is wanted all the more where that cannot be read; a yes would come to nothing then. */
async function earlier(driver: OpenStack["driver"], id: string, action: Action): Promise<Decision[]> {
  try {
    return await driver.decisions.read(id);
  } catch (error) {
    if (action === "abort" || action === "reject") return [];
    throw error;
  }
}

function outlook(
  action: Action,
  record: CutoverRecord,
  stage: Stage,
  approval: OpenStack["settings"]["approval"],
  before: readonly Decision[],
  now: number,
): string {
  const { from, written } = record;
  const no = before.find((one) => one.action === "abort" || one.action === "reject");
  const back =
    written.length === 0
      ? `traffic has not moved and stays with ${from}`
      : `the traffic is taken back to ${from}, which still runs`;
  if (action === "abort") return `it ends as soon as what it is doing at ${stage} lets go; ${back}`;
  const asks = stillAsks(record, approval);
  const [first] = asks;
  if (action === "reject") {
    if (first === undefined)
      return `it is at ${stage}, and nothing is left to approve, so it goes on; \`bluegreen abort\` ends it`;
    return first === stage ? `${stage} does not pass and it ends; ${back}` : `it ends when it reaches ${first}`;
  }
  if (no !== undefined) return `nothing: ${no.by} has said ${no.action} at ${no.at}, and that counts more`;
  if (action === "promote") {
    return "what is left to approve is approved, and what is left to watch is skipped; gate and proof are not";
  }
  if (first === undefined) return `it is at ${stage}, and the config asks for no approval from there on`;
  if (first !== stage) return early(record, stage, first);
  const standing = standingOf(record, approval, before, now);
  return standing?.answer === "approved" ? `${standing.detail} before; it goes on` : `${stage} goes on`;
}

/** An approval counts for the stage it is given at, and for the one after it. */
function early(record: CutoverRecord, stage: Stage, first: Stage): string {
  const after = positionOf({
    ...record,
    stages: [...record.stages, { stage, startedAt: "", durationMs: 0, verdict: "pass", detail: "" }],
  });
  return after.at === first
    ? `it is at ${stage}; ${first}, which comes next, is approved`
    : `it is at ${stage}, too early to count: approve again when it waits at ${first}`;
}
