import { z } from "zod";

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Node's timers fire at once when they are asked to wait longer than 2^31 - 1 ms, which is a little above this. */
const LONGEST_WAIT = "24d";

/** `30s`, `1.5m`, `250ms`, `1h`, `7d` in whole milliseconds; undefined when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = PATTERN.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2]];
  return match?.[1] === undefined || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** The shortest exact writing of a length of time: 90000 is `90s`, 120000 is `2m`. */
export function writeDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/**
 * A zod type for a duration: text in, text out, checked for its form and its limits. Without `max` it may be a wait, and is
 * at most 24 days.
 */
export function duration(limits: { min?: string; max?: string } = {}) {
  const max = limits.max ?? LONGEST_WAIT;
  const minMs = parseDuration(limits.min ?? "0ms") ?? 0;
  const maxMs = parseDuration(max) ?? Infinity;
  const range = limits.min === undefined ? `at most ${max}` : `from ${limits.min} to ${max}`;
  const allowed = `a duration such as 500ms, 30s, 5m or 1h (${range})`;
  return z
    .string()
    .refine(
      (text) => {
        const ms = parseDuration(text);
        return ms !== undefined && ms >= minMs && ms <= maxMs;
      },
      { message: allowed },
    )
    .meta({ pattern: PATTERN.source, patternErrorMessage: allowed });
}
