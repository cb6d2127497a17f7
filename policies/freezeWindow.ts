import { Cron } from "croner";
import { DateTime, IANAZone } from "luxon";
import { parseDuration } from "../components/config/duration";

// When a cron expression or a local time comes, in a zone that has summer time, is for libraries to say: croner for the one,
// luxon for the other, since croner reads no dates with an offset and Intl reads none at all.

/** A time in which nothing switches: `from` and `to`, or `cron` and `duration`. */
export interface FreezeWindow {
  /** `2026-12-24`, `2026-12-24T18:00`, or with an offset or Z, which goes over `timezone`. A date alone is its beginning. */
  from?: string;
  /** The same; a date alone is its end. */
  to?: string;
  /** When it begins, again and again: `0 16 * * FRI`. */
  cron?: string;
  /** How long it lasts from then on, such as `64h`. */
  duration?: string;
  /**
   * The IANA time zone of all of these.
   * @default "UTC"
   */
  timezone?: string;
  /** Shown to whom it stops. */
  reason: string;
}

/** A window that could be read. */
export interface Freeze {
  reason: string;
  /** When the freeze that is on at a time ends, in ms since the epoch; undefined while none is on. */
  endAt: (now: number) => number | undefined;
}

const KEYS = ["from", "to", "cron", "duration", "timezone", "reason"];
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}\S*)?$/;
const DATE_FORM = "2026-12-24, 2026-12-24T18:00 or 2026-12-24T18:00+01:00";

/** Reads a window as it was written; what is wrong with it when it cannot be read. */
export function freezeOf(written: unknown): Freeze | string[] {
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    return [`must be an object with ${KEYS.join(", ")}, found ${JSON.stringify(written)}`];
  }
  const problems: string[] = [];
  for (const [key, value] of Object.entries(written)) {
    if (!KEYS.includes(key)) problems.push(`has no key "${key}"; it takes ${KEYS.join(", ")}`);
    else if (typeof value !== "string") problems.push(`${key} must be text, found ${JSON.stringify(value)}`);
  }
  if (problems.length > 0) return problems;
  const window = written as Partial<FreezeWindow>;
  const { from, to, cron, duration, timezone = "UTC", reason = "" } = window;
  if (reason.trim() === "") problems.push("reason is empty; whoever is stopped wants to know why");
  if (!IANAZone.isValidZone(timezone)) {
    return [...problems, `timezone is "${timezone}", which is none; write one such as Europe/Berlin or UTC`];
  }
  let endAt: Freeze["endAt"] | string[];
  if (from !== undefined && to !== undefined && cron === undefined && duration === undefined) {
    endAt = betweenDates(from, to, timezone);
  } else if (from === undefined && to === undefined && cron !== undefined && duration !== undefined) {
    endAt = recurring(cron, duration, timezone);
  } else {
    endAt = ["must have either from and to, or cron and duration"];
  }
  if (typeof endAt !== "function") return [...problems, ...endAt];
  return problems.length > 0 ? problems : { reason: reason.trim(), endAt };
}

/**
 * The instant that a date or a time names, in ms since the epoch.
 * @param edge which end of the day a date without a time names
 * @returns what is wrong with it when it names none
 */
export function instantOf(text: string, timezone: string, edge: "start" | "end"): number | string {
  if (!DATE.test(text)) return `is "${text}", which is no date; write it as ${DATE_FORM}`;
  const time = DateTime.fromISO(text, { zone: timezone });
  if (!time.isValid) {
    return `is "${text}", which is no date (${time.invalidExplanation ?? "it cannot be read"}); write it as ${DATE_FORM}`;
  }
  return edge === "end" && !text.includes("T") ? time.plus({ days: 1 }).startOf("day").toMillis() : time.toMillis();
}

function betweenDates(from: string, to: string, timezone: string): Freeze["endAt"] | string[] {
  const start = instantOf(from, timezone, "start");
  const end = instantOf(to, timezone, "end");
  if (typeof start === "string" || typeof end === "string") {
    return [...(typeof start === "string" ? [`from ${start}`] : []), ...(typeof end === "string" ? [`to ${end}`] : [])];
  }
  if (end <= start) return [`to is ${to}, which is not after from, ${from}`];
  return (now) => (now >= start && now < end ? end : undefined);
}

function recurring(cron: string, duration: string, timezone: string): Freeze["endAt"] | string[] {
  const problems: string[] = [];
  const lengthMs = parseDuration(duration) ?? 0;
  if (lengthMs <= 0) problems.push(`duration is "${duration}", which is no length of time; write it as 90m, 64h or 3d`);
  let begins: Cron;
  try {
    begins = cronOf(cron, timezone);
  } catch (error) {
    const why = (error as Error).message.replace(/^CronPattern: /, "");
    return [...problems, `cron is "${cron}", which cannot be read (${why}); write it as 0 16 * * FRI`];
  }
  if (problems.length > 0) return problems;
  return (now) => {
    // Runs before the next whole second are those up to now.
    const [begun] = begins.previousRuns(1, new Date(Math.floor(now / 1000) * 1000 + 1000));
    const end = begun === undefined ? -Infinity : begun.getTime() + lengthMs;
    return now < end ? end : undefined;
  };
}

function cronOf(cron: string, timezone: string): Cron {
  // croner takes a date too, and runs once; a window at a date is written with from and to.
  if (DATE.test(cron)) throw new Error("a date is none");
  const begins = new Cron(cron, { timezone, paused: true });
  if (begins.nextRun(new Date(0)) === null) throw new Error("it names no time at all");
  return begins;
}
