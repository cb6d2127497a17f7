import { describeMs } from "../components/model/clock";
import { subjectOf, type Rule } from "./rule";

export interface OneSwitchPerHourConfig {
  hours: number;
}

const HOUR = 3_600_000;

/**
 * Some faults need an hour to show: a leak, a full cache, a batch job. When releases follow one another faster than that,
 * nobody can say which of them was at fault, and the way back leads to a release that has not proven itself either.
 *
 * What was taken back counts too, since it moved the traffic; going back itself is never judged. Only Plan knows of the last
 * cutover, so only Plan can be judged.
 */
export const oneSwitchPerHour: Rule<"one-switch-per-hour", OneSwitchPerHourConfig> = {
  name: "one-switch-per-hour",
  description: "Between two switches of a service there is a minimum time.",
  config: {
    hours: {
      type: "number",
      minimum: 0,
      default: 0,
      description: "Time in which there is at most one switch, in hours; 0 is off.",
    },
  },
  kinds: ["switch"],
  judge(update, { hours }, now) {
    if (hours === 0) return [];
    const { lastSwitchAt } = update;
    if (lastSwitchAt === undefined) return [];
    const missing = Date.parse(lastSwitchAt) + hours * HOUR - now;
    if (missing <= 0) return [];
    return [
      `${subjectOf(update)} must come at least ${describeHours(hours)} after the last one, but traffic last moved at ` +
        `${lastSwitchAt}. Try again in ${describeMs(missing)}.`,
    ];
  },
};

const describeHours = (hours: number) => (hours === 1 ? "an hour" : `${hours} hours`);
