import type { CutoverRecord } from "../model/record";
import { describeWeights, type Completion } from "../model/words";

/** A cutover that did not end as wanted. The message says what was found, what serves now and what to do. */
export class CutoverFailure extends Error {
  constructor(
    readonly record: CutoverRecord,
    readonly completion: Completion,
  ) {
    super(explain(record, completion));
    this.name = "CutoverFailure";
  }
}

function explain(record: CutoverRecord, completion: Completion): string {
  const failed = record.stages.find((stage) => stage.verdict !== "pass");
  const cause = failed === undefined ? (record.reason ?? "unknown cause") : `${failed.stage}: ${failed.detail}`;
  const serves =
    record.weights === undefined ? "What serves now is not known" : `Now ${describeWeights(record.weights)} serves`;
  const subject = `${record.service}: ${record.from === "none" ? "" : `${record.from} → `}${record.to} (release ${record.toRelease})`;
  switch (completion) {
    case "RolledBack":
      return `${subject} was taken back.\n${cause}\n${serves}${record.weights === undefined ? "" : `, release ${record.fromRelease}`}. Fix ${record.toRelease} and run \`pulumi up\` again, or set activeSlot back to ${record.from}.`;
    case "Failed":
      return `${subject} failed, and so did the way back.\n${record.reason ?? cause}\n${serves}. Run \`bluegreen status\`, then \`pulumi up\` once the slot that is wanted is ready.`;
    default:
      return record.kind === "initial"
        ? `${subject} is not ready for its first traffic.\n${cause}\nThe route points at ${record.to}, which does not answer as wanted. Fix the release and run \`pulumi up\` again.`
        : `${subject} was not switched.\n${cause}\nTraffic did not move: ${serves.toLowerCase()}. Fix the cause and run \`pulumi up\` again, or set activeSlot back to ${record.from}.`;
  }
}
