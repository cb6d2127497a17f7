import { describeMs } from "../components/model/clock";
import { writeDuration } from "../components/config/duration";
import { subjectOf, type Rule, type Update } from "./rule";
import { isIn, stacksSetting } from "./stacks";

export interface StandbyTimeConfig {
  stacks: string[];
  minSeconds: number;
}

/**
 * The standby is the fast way back for as long as its rollback window runs. It must outlast whatever still leads to it: the
 * work that drains, and users whom a cookie keeps on it. How much longer it stays is the team's to say: at least as long as
 * a fault may need to show, or a person to answer an alarm.
 */
export const standbyTime: Rule<"standby-time", StandbyTimeConfig> = {
  name: "standby-time",
  description: "The rollback window outlasts the drain and sticky sessions, and has a minimum in the named stacks.",
  config: {
    stacks: stacksSetting([]),
    minSeconds: {
      type: "number",
      minimum: 0,
      default: 3600,
      description:
        "Shortest `rollback.window` in the named stacks, in seconds. Drain and sticky time count everywhere.",
    },
  },
  kinds: ["switch"],
  judge(update, { stacks, minSeconds }) {
    const { rollbackWindowMs, drainMs } = update.settings;
    const bounds = [
      { ms: drainMs, why: "as long as `drain.timeout`" },
      { ms: stickySecondsOf(update) * 1000, why: "as long as sticky sessions last" },
      { ms: isIn(update, stacks) ? minSeconds * 1000 : 0, why: `as ${update.target.stack} asks for` },
    ];
    const longest = bounds.reduce((a, b) => (b.ms > a.ms ? b : a));
    if (rollbackWindowMs >= longest.ms) return [];
    return [
      `${subjectOf(update)} must leave the standby in place for at least ${describeMs(longest.ms)}, ${longest.why}, but ` +
        `\`rollback.window\` is ${describeMs(rollbackWindowMs)}. ` +
        `Set \`rollback.window\` to ${writeDuration(longest.ms)} or more.`,
    ];
  },
};

/** How long a user is kept on a slot, when the platform tells it with its target. */
function stickySecondsOf({ target }: Update): number {
  const { stickyCookie, stickySeconds } = target.settings;
  return stickyCookie !== "" && typeof stickySeconds === "number" ? stickySeconds : 0;
}
