import { subjectOf, type Rule } from "./rule";

/**
 * A threshold that is loosened in the update that switches was loosened for this very release, most likely because the release
 * does not meet it. Loosened in an update of its own, it is a decision that others see and can object to. Only Plan knows
 * what the last update was given, so only Plan can be judged.
 */
export const noLoosening: Rule<"no-loosening"> = {
  name: "no-loosening",
  description: "What a release must meet is not loosened in the update that switches to it.",
  config: {},
  kinds: ["switch"],
  judge(update) {
    const { loosened = [] } = update;
    if (loosened.length === 0) return [];
    const names = loosened.map((name) => `\`${name}\``).join(", ");
    return [
      `${subjectOf(update)} must be judged as strictly as the last update, but it loosens ${names}. ` +
        `Put back what it was before, or leave \`activeSlot\` as it is for one \`pulumi up\` and switch in the next.`,
    ];
  },
};
