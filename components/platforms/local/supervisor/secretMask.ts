/** Shorter lines of a secret of many lines, such as a lone bracket, are no secret by themselves. */
const SHORTEST_LINE = 8;

export interface SecretMask {
  /** The text with `***` in place of each secret. */
  (text: string): string;
  /** The length of the longest secret; 0 when there is none. */
  longest: number;
}

/**
 * Takes secrets out of log lines: their values, each line of a value of several lines (a key, a certificate), and the forms
 * they have inside JSON and inside a URL.
 */
export function secretMask(secrets: Record<string, string>): SecretMask {
  const wanted = new Set<string>();
  for (const value of Object.values(secrets)) {
    const lines = value.split(/\r?\n/);
    if (lines.length === 1) wanted.add(value);
    else lines.filter((line) => line.trim().length >= SHORTEST_LINE).forEach((line) => wanted.add(line.trim()));
    wanted.add(JSON.stringify(value).slice(1, -1));
    wanted.add(urlForm(value));
  }
  wanted.delete("");
  // The longest first, or a secret that begins with another one would keep its end.
  const values = [...wanted].sort((a, b) => b.length - a.length);
  if (values.length === 0) return Object.assign((text: string) => text, { longest: 0 });
  const pattern = new RegExp(values.map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
  return Object.assign((text: string) => text.replace(pattern, "***"), { longest: values[0]?.length ?? 0 });
}

function urlForm(value: string): string {
  // A lone surrogate has no URL form; by way of a buffer it becomes a character that has.
  return encodeURIComponent(Buffer.from(value).toString());
}
