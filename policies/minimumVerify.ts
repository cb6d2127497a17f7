import { subjectOf, type Rule } from "./rule";

export interface MinimumVerifyConfig {
  minConsecutive: number;
}

/**
 * An accepted API call is not a switch: a load balancer applies it later, and not everywhere at once. Only a run of answers
 * from the new slot, with none from the old one between them, proves that the data plane has followed.
 */
export const minimumVerify: Rule<"minimum-verify", MinimumVerifyConfig> = {
  name: "minimum-verify",
  description: "A switch is proven by a minimum run of public answers from the new slot.",
  config: {
    minConsecutive: {
      type: "integer",
      minimum: 1,
      default: 5,
      description: "Smallest `verify.consecutive`, in requests.",
    },
  },
  kinds: ["switch", "repair"],
  judge(update, { minConsecutive }) {
    const { consecutive } = update.settings.verify;
    if (consecutive >= minConsecutive) return [];
    return [
      `${subjectOf(update)} must be proven by at least ${minConsecutive} answers in a row, but \`verify.consecutive\` is ` +
        `${consecutive}. Set \`verify.consecutive\` to ${minConsecutive} or more.`,
    ];
  },
};
