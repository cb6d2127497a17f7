import { subjectOf, type Rule } from "./rule";
import { isIn, stacksSetting } from "./stacks";

export interface ApprovalRequiredConfig {
  stacks: string[];
  allowPreapproved: boolean;
}

/**
 * Where many depend on a service, two people should want a switch: the one who starts it, and one who looks at what it is
 * about to do. What goes on by itself when nobody answers was not approved by anybody; and a release that the config
 * approves beforehand was approved by whoever wrote the config, which only counts where the team says so.
 */
export const approvalRequired: Rule<"approval-required", ApprovalRequiredConfig> = {
  name: "approval-required",
  description: "In the named stacks a switch waits for a person's approval.",
  config: {
    stacks: stacksSetting([]),
    allowPreapproved: {
      type: "boolean",
      default: false,
      description: "Whether `approval.release`, which approves one release beforehand, counts as approval.",
    },
  },
  kinds: ["switch"],
  judge(update, { stacks, allowPreapproved }) {
    if (!isIn(update, stacks)) return [];
    const { approval } = update.settings;
    const must = `${subjectOf(update)} must be approved by a person in ${update.target.stack}`;
    if (approval?.required !== true) {
      return [`${must}, but \`approval.required\` is false. Set \`approval.required\` to true.`];
    }
    const named = approval.release;
    const release = update.releases[update.activeSlot];
    if (named !== undefined && release !== undefined && (named === release.id || named === release.version)) {
      if (allowPreapproved) return [];
      return [
        `${must}, but \`approval.release\` approves ${named} beforehand. ` +
          `Take \`approval.release\` out, and answer with \`bluegreen approve\` when the switch asks.`,
      ];
    }
    if (approval.onTimeout === "continue") {
      return [
        `${must}, but \`approval.onTimeout\` is continue, which goes on when nobody answers. ` +
          `Set \`approval.onTimeout\` to rollback, or leave it out.`,
      ];
    }
    return [];
  },
};
