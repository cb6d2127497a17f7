/** What a load that always keeps every connection busy found. */
export interface Throughput {
  perSecond: number;
  /** Latency, ms. */
  p50: number;
  p99: number;
  /** Answers with another status than 2xx or 3xx, and requests without an answer. */
  failed: number;
}

const MS: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** Reads what `wrk --latency` prints. @throws when a figure is not there */
export function parseWrk(text: string): Throughput {
  const latency = (percent: number): number => {
    const [, number = "", unit = ""] = find(text, new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)\\b`, "m"));
    return Number(number) * (MS[unit] ?? NaN);
  };
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? "0";
  return {
    perSecond: Number(find(text, /Requests\/sec:\s+([\d.]+)/)[1]),
    p50: latency(50),
    p99: latency(99),
    failed: [...errors, bad].reduce((sum, count) => sum + Number(count), 0),
  };
}

function find(text: string, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`wrk printed something else than was expected:\n${text}`);
  return found;
}
