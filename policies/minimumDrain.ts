import { describeMs } from "../components/model/clock";
import { subjectOf, type Rule } from "./rule";

export interface MinimumDrainConfig {
  minSeconds: number;
}

/** Requests that the old slot has begun are users too: without time to end they are cut in the middle of their work. */
export const minimumDrain: Rule<"minimum-drain", MinimumDrainConfig> = {
  name: "minimum-drain",
  description: "After a switch the old slot has a minimum time to end its work in flight.",
  config: {
    minSeconds: { type: "number", minimum: 0, default: 1, description: "Shortest `drain.timeout`, in seconds." },
  },
  kinds: ["switch", "repair"],
  judge(update, { minSeconds }) {
    const { drainMs } = update.settings;
    if (drainMs >= minSeconds * 1000) return [];
    return [
      `${subjectOf(update)} must give work in flight at least ${minSeconds} s to end, but \`drain.timeout\` is ` +
        `${describeMs(drainMs)}. Set \`drain.timeout\` to ${minSeconds}s or more.`,
    ];
  },
};
