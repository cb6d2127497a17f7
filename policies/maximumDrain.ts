import { describeMs } from "../components/model/clock";
import { subjectOf, type Rule } from "./rule";

export interface MaximumDrainConfig {
  maxSeconds: Record<string, number>;
}

const LIMITS = { local: 3600 };

/**
 * A platform drains for so long and no longer: a time above its limit is cut down or refused when the traffic has moved
 * already, which is the worst moment to learn of it.
 */
export const maximumDrain: Rule<"maximum-drain", MaximumDrainConfig> = {
  name: "maximum-drain",
  description: "The old slot is drained for no longer than the platform can.",
  config: {
    maxSeconds: {
      type: "object",
      additionalProperties: { type: "number", minimum: 0 },
      default: LIMITS,
      description:
        "Longest `drain.timeout` by platform, in seconds. A platform that is not named keeps its default, or has no limit.",
    },
  },
  kinds: ["switch"],
  judge(update, { maxSeconds }) {
    const { drainMs } = update.settings;
    const { platform } = update.target;
    const limits: Record<string, number | undefined> = { ...LIMITS, ...maxSeconds };
    const limit = limits[platform];
    if (limit === undefined || drainMs <= limit * 1000) return [];
    return [
      `${subjectOf(update)} must drain for at most ${limit} s on the platform ${platform}, but \`drain.timeout\` is ` +
        `${describeMs(drainMs)}. Set \`drain.timeout\` to ${limit}s or less.`,
    ];
  },
};
