import type { Update } from "./rule";

/** The setting of rules that hold in named stacks only. */
export function stacksSetting(byDefault: string[]) {
  return {
    type: "array" as const,
    items: { type: "string" as const },
    default: byDefault,
    description: "Names of the stacks it holds in; * stands for any text, such as prod-*.",
  };
}

/** Whether the update is of one of the named stacks. A name counts with its case, and as a whole. */
export function isIn({ target }: Update, stacks: readonly string[]): boolean {
  const { stack } = target;
  return stacks.some((name) => patternOf(name).test(stack));
}

function patternOf(name: string): RegExp {
  const parts = name.split(/\*+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
