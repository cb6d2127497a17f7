import { freezeOf, instantOf, type Freeze, type FreezeWindow } from "./freezeWindow";
import { subjectOf, type Rule } from "./rule";
import { isIn, stacksSetting } from "./stacks";

export interface FreezeOverride {
  /** Why it cannot wait; empty is no override. */
  reason?: string;
  /** When the override ends: a date, with that day in UTC, or a time. Without it, it holds as long as it is there. */
  until?: string;
}

export interface FreezeWindowsConfig {
  windows: FreezeWindow[];
  stacks: string[];
  override: FreezeOverride;
}

/**
 * There are times in which nobody is there to help, or in which a fault costs more than at others. Who must switch all the
 * same says why, where others see it: in the pack's config, beside what it overrides.
 */
export const freezeWindows: Rule<"freeze-windows", FreezeWindowsConfig> = {
  name: "freeze-windows",
  description: "Nothing switches in a freeze, unless somebody says why it must.",
  // What is in the objects is looked at below: the engine stops every update for what the schema refuses, rollbacks too.
  config: {
    windows: {
      type: "array",
      items: { type: "object" },
      default: [],
      description: "`{from, to, timezone, reason}` with dates or times, or `{cron, duration, timezone, reason}`.",
    },
    stacks: stacksSetting(["*"]),
    override: {
      type: "object",
      default: {},
      description: "`{reason, until}`: lets switches through, for a reason that must be given, until a date or time.",
    },
  },
  kinds: ["switch"],
  problems({ windows, override }) {
    const found = windows.flatMap((window, i) => {
      const read = freezeOf(window);
      return Array.isArray(read) ? read.map((problem) => `windows[${i}] ${problem}.`) : [];
    });
    return [...found, ...problemsOf(override)];
  },
  judge(update, { windows, stacks, override }, now) {
    if (!isIn(update, stacks)) return [];
    const given = (override.reason ?? "").trim() !== "";
    const until = override.until === undefined ? Infinity : instantOf(override.until, "UTC", "end");
    if (given && typeof until === "number" && now < until) return [];
    const ended = given ? ` The override for "${override.reason ?? ""}" ended with ${override.until ?? ""}.` : "";
    return windows
      .map((window) => freezeOf(window))
      .filter((read): read is Freeze => !Array.isArray(read))
      .flatMap(({ reason, endAt }) => {
        const end = endAt(now);
        if (end === undefined) return [];
        return [
          `${subjectOf(update)} must wait until ${new Date(end).toISOString()}, but it comes in a freeze of ` +
            `${update.target.stack}: ${reason}.${ended} Try again after that time; if it cannot wait, say why in ` +
            `\`override.reason\` of freeze-windows in the pack's config, and set \`override.until\`.`,
        ];
      });
  },
};

function problemsOf(override: FreezeOverride): string[] {
  const { reason, until, ...others } = override as Record<string, unknown>;
  const found = Object.keys(others).map((key) => `override has no key "${key}"; it takes reason, until.`);
  if (reason !== undefined && typeof reason !== "string")
    found.push(`override.reason must be text, found ${JSON.stringify(reason)}.`);
  if (until === undefined) return found;
  if (typeof until !== "string") return [...found, `override.until must be text, found ${JSON.stringify(until)}.`];
  const read = instantOf(until, "UTC", "end");
  if (typeof read === "string") found.push(`override.until ${read}.`);
  if (reason === undefined || reason === "") found.push("override.until is set without override.reason; say why.");
  return found;
}
