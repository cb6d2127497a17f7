import { subjectOf, type Rule } from "./rule";

/**
 * A slot takes traffic only on positive evidence that its release works. Without a gate, the first to find out that it does
 * not are the users, and the bake can only limit how many of them.
 */
export const gateRequired: Rule<"gate-required"> = {
  name: "gate-required",
  description: "A slot takes traffic only after its release has passed an enabled gate.",
  config: {},
  kinds: ["initial", "switch", "repair"],
  judge(update) {
    if (update.settings.gate.enabled) return [];
    return [
      `${subjectOf(update)} must pass a gate, but \`gate.enabled\` is false. ` +
        `Set \`gate.enabled\` to true, or leave it out.`,
    ];
  },
};
