export const BENCHMARKS = ["switch", "router", "engine", "state"] as const;
export type BenchmarkName = (typeof BENCHMARKS)[number];

/** One measured number, what it should be, and what the peer reached in the same run. */
export interface Figure {
  benchmark: BenchmarkName;
  name: string;
  /** Null when it could not be measured; `skipped` says why. */
  value: number | null;
  /** `ms`, `bytes`, …; empty for a plain count. */
  unit: string;
  /** In words, such as `≤ 100 ms`; null for a figure that is only for information. */
  goal: string | null;
  /** Null when there is no goal, or nothing to judge it by. */
  holds: boolean | null;
  peer?: { name: string; value: number };
  /** This value by the peer's. Where several rounds were run, the median of the rounds' ratios. */
  ratio?: number;
  skipped?: string;
}

/** What one benchmark found, and what a reader must know of how it was measured. */
export interface Outcome {
  figures: Figure[];
  notes: string[];
}

/** What a figure is judged by: its own value, or its ratio to the peer. */
export interface Goal {
  of: "value" | "ratio";
  limit: number;
  direction: "at most" | "at least" | "exactly";
}

interface Measured {
  name: string;
  value: number | null;
  unit?: string;
  goal?: Goal;
  peer?: Figure["peer"];
  ratio?: number;
  skipped?: string;
}

const SIGNS = { "at most": "≤", "at least": "≥", exactly: "=" } as const;

/** Judges a measured number by its goal. A goal without the number it is about neither holds nor fails. */
export function figure(benchmark: BenchmarkName, measured: Measured): Figure {
  const { name, value, unit = "", goal, peer, ratio, skipped } = measured;
  const judged = goal?.of === "ratio" ? ratio : (value ?? undefined);
  return {
    benchmark,
    name,
    value: value === null ? null : rounded(value),
    unit,
    goal: goal === undefined ? null : goalText(goal, unit),
    holds: goal === undefined || judged === undefined ? null : holds(goal, judged),
    ...(peer === undefined ? {} : { peer: { name: peer.name, value: rounded(peer.value) } }),
    ...(ratio === undefined ? {} : { ratio: rounded(ratio) }),
    ...(skipped === undefined ? {} : { skipped }),
  };
}

function holds({ direction, limit }: Goal, value: number): boolean {
  if (direction === "exactly") return value === limit;
  return direction === "at most" ? value <= limit : value >= limit;
}

function goalText({ of, limit, direction }: Goal, unit: string): string {
  const number = limit.toLocaleString("en-US");
  if (of === "ratio") return `${SIGNS[direction]} ${number} × peer`;
  return `${SIGNS[direction]} ${number}${unit === "" ? "" : ` ${unit}`}`;
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;
