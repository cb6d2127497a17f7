import { other } from "../components/model/words";
import { subjectOf, type Rule } from "./rule";

/**
 * A slot that takes all of the traffic must be as large as the one that carries it, and that one must stay as large as it is
 * until it is relieved: a switch to fewer instances, or a way back to fewer, is an outage under load. Scale down afterwards.
 *
 * A repair is left out: its slot carries most of the traffic already, and the repair may be the way back from a canary.
 */
export const capacityParity: Rule<"capacity-parity"> = {
  name: "capacity-parity",
  description: "While traffic switches, both slots have at least the capacity that serves now.",
  config: {},
  kinds: ["switch"],
  judge(update) {
    const to = update.activeSlot;
    const from = other(to);
    const live = update.liveReplicas ?? 0;
    const found: string[] = [];
    const relieved = update.releases[from];
    if (relieved === undefined) {
      found.push(
        `${subjectOf(update)} must keep ${from} as the way back, but the config no longer has a release for it. ` +
          `Put \`${from}\` back; remove it once its rollback window is over.`,
      );
    } else if (relieved.replicas < live) {
      found.push(
        `${subjectOf(update)} must leave ${from} the ${live} replicas it has now, but \`${from}.replicas\` is ` +
          `${relieved.replicas}. Set it to ${live} or more; scale ${from} down after the switch.`,
      );
    }
    const wanted = Math.max(live, relieved?.replicas ?? 0);
    const replicas = update.releases[to]?.replicas;
    if (replicas !== undefined && replicas < wanted) {
      found.push(
        `${subjectOf(update)} must give ${to} at least the ${wanted} replicas of ${from}, but \`${to}.replicas\` is ` +
          `${replicas}. Set it to ${wanted} or more; scale down after the switch.`,
      );
    }
    return found;
  },
};
