import { forPhase } from "../components/model/objective";
import { subjectOf, type Rule } from "./rule";
import { isIn, stacksSetting } from "./stacks";

export interface EvidenceRulesConfig {
  stacks: string[];
}

/**
 * An instance that calls itself healthy has shown that its process runs, not that the release does its work. A gate is worth
 * as much as what it asks: a request that a user would make, or a figure that must be right. An objective that only warns,
 * or that is only tried out, keeps nothing back, so it is no evidence.
 */
export const evidenceRules: Rule<"evidence-rules", EvidenceRulesConfig> = {
  name: "evidence-rules",
  description: "In the named stacks the gate asks more of a release than whether it is ready.",
  config: { stacks: stacksSetting([]) },
  kinds: ["switch"],
  judge(update, { stacks }) {
    if (!isIn(update, stacks)) return [];
    const { gate, objectives } = update.settings;
    const deciding = forPhase(objectives ?? [], "gate").filter(
      ({ onBreach, dryRun }) => onBreach === "rollback" && !dryRun,
    );
    if (gate.smoke.length + deciding.length > 0) return [];
    return [
      `${subjectOf(update)} must be backed by at least one smoke request or objective in ${update.target.stack}, but the ` +
        `gate asks for readiness only. Add a request to \`gate.smoke\`, or an objective with \`when: [gate]\` that rolls back.`,
    ];
  },
};
