import { subjectOf, type Rule } from "./rule";

/**
 * A live route that is not what the last record says was moved by somebody for a reason, perhaps away from a slot that fails.
 * `adopt` is an answer to one such drift, given by a person who has seen it in Plan's refusal. Left in the config, it would
 * answer the next drift before anybody has looked; so a switch that has no drift to adopt must go back to `refuse`.
 *
 * While there is drift, `adopt` is let through: the history gets a record of the live route only from a cutover, and were it
 * refused too, nothing but moving the route by hand would end the drift. Only Plan knows of drift, so only Plan is judged.
 */
export const noDriftAdoption: Rule<"no-drift-adoption"> = {
  name: "no-drift-adoption",
  description: "Drift is adopted once, by decision; a switch without drift refuses any.",
  config: {},
  kinds: ["switch"],
  judge(update) {
    if (update.settings.onDrift !== "adopt" || update.drift !== "none") return [];
    return [
      `${subjectOf(update)} must refuse drift that nobody has seen, but \`rollout.onDrift\` is adopt and there is no drift to ` +
        `adopt. Set \`rollout.onDrift\` to refuse, or leave it out.`,
    ];
  },
};
