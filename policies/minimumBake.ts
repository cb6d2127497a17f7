import { describeMs } from "../components/model/clock";
import { subjectOf, type Rule } from "./rule";

export interface MinimumBakeConfig {
  minSeconds: number;
}

/**
 * Faults that a gate cannot provoke show under real traffic, and only a bake takes the switch back by itself when they do.
 * Ended too early, it has seen nothing.
 */
export const minimumBake: Rule<"minimum-bake", MinimumBakeConfig> = {
  name: "minimum-bake",
  description: "After a switch the new slot is watched for a minimum time.",
  config: {
    minSeconds: { type: "number", minimum: 0, default: 5, description: "Shortest `bake.duration`, in seconds." },
  },
  kinds: ["switch", "repair"],
  judge(update, { minSeconds }) {
    const { durationMs } = update.settings.bake;
    if (durationMs >= minSeconds * 1000) return [];
    return [
      `${subjectOf(update)} must bake for at least ${minSeconds} s, but \`bake.duration\` is ${describeMs(durationMs)}. ` +
        `Set \`bake.duration\` to ${minSeconds}s or more.`,
    ];
  },
};
