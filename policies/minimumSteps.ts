import { subjectOf, type Rule } from "./rule";
import { isIn, stacksSetting } from "./stacks";

export interface MinimumStepsConfig {
  stacks: string[];
  minSteps: number;
  maxFirstPercent: number;
}

/**
 * What goes wrong at the first step goes wrong for few users only, provided that the first step is a small one. A switch of
 * everything at once finds out with all of them.
 */
export const minimumSteps: Rule<"minimum-steps", MinimumStepsConfig> = {
  name: "minimum-steps",
  description: "In the named stacks a switch goes in a minimum number of steps, the first of them small.",
  config: {
    stacks: stacksSetting([]),
    minSteps: { type: "integer", minimum: 1, default: 2, description: "Fewest entries of `rollout.steps`." },
    maxFirstPercent: {
      type: "number",
      minimum: 1,
      maximum: 100,
      default: 100,
      description: "The most that the first of `rollout.steps` may give the new slot, in percent.",
    },
  },
  kinds: ["switch"],
  judge(update, { stacks, minSteps, maxFirstPercent }) {
    if (!isIn(update, stacks)) return [];
    const { steps } = update.settings;
    const [first = 100] = steps;
    const wanted = [
      ...(steps.length < minSteps ? [`go in at least ${minSteps} steps`] : []),
      ...(first > maxFirstPercent ? [`begin with at most ${maxFirstPercent} %`] : []),
    ];
    if (wanted.length === 0) return [];
    return [
      `${subjectOf(update)} must ${wanted.join(" and ")} in ${update.target.stack}, but \`rollout.steps\` is ` +
        `[${steps.join(", ")}]. Add smaller steps in front of 100, such as [5, 25, 50, 100].`,
    ];
  },
};
