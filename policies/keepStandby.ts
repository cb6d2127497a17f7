import { describeMs } from "../components/model/clock";
import type { Rule } from "./rule";

export interface KeepStandbyConfig {
  minStandbySeconds: number;
}

/**
 * The slot that served last is the fast way back: warm, known to work, one route write away. It may not be removed while its
 * rollback window runs. Its release may be replaced, since that is how the next one comes in, but not so soon that a fault
 * which shows late finds the way back gone. Only Plan knows the standby, so only Plan can be judged.
 */
export const keepStandby: Rule<"keep-standby", KeepStandbyConfig> = {
  name: "keep-standby",
  description: "The standby stays in place while its rollback window runs.",
  config: {
    minStandbySeconds: {
      type: "number",
      minimum: 0,
      default: 0,
      description:
        "How long after it was relieved the standby's release may not be replaced, in seconds. " +
        "It ends with the rollback window at the latest.",
    },
  },
  kinds: ["none", "switch", "repair"],
  judge(update, { minStandbySeconds }, now) {
    const { standby } = update;
    if (standby === undefined) return [];
    const until = Date.parse(standby.until);
    if (until <= now) return [];
    const { slot } = standby;
    const wanted = update.releases[slot];
    if (wanted === undefined) {
      return [
        `The standby ${slot} must stay until ${standby.until}, when its rollback window ends, but the config no longer has ` +
          `a release for it. Put \`${slot}\` back as ${standby.release}, or remove it after that time.`,
      ];
    }
    if (wanted.id === standby.release) return [];
    const age = now - (until - update.settings.rollbackWindowMs);
    const missing = minStandbySeconds * 1000 - age;
    if (missing <= 0) return [];
    return [
      `The standby ${slot} must keep its release ${standby.release} for ${describeMs(minStandbySeconds * 1000)} after it was ` +
        `relieved, but it would be replaced by ${wanted.id} after ${describeMs(Math.max(0, age))}. ` +
        `Put \`${slot}\` back as it was and try again in ${describeMs(missing)}.`,
    ];
  },
};
