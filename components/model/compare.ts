import { errorFunction, wilcoxonRankSum } from "simple-statistics";
import type { Verdict } from "./words";

/** How the new slot's values are compared with those of the active slot over the same time. */
export interface Comparison {
  test: "mannWhitney";
  /** The change that is bad. */
  direction: "increase" | "decrease" | "either";
  /** The least change that matters, relative to the active slot's mean: 0.25 is 25 %. */
  effectSize: number;
  /** How sure it must be that there is a change at all: 0.95 tolerates a false alarm in 20 comparisons. */
  confidence: number;
  /** Values of each slot below which nothing is said. */
  minSamples: number;
}

export interface Compared {
  verdict: Verdict;
  detail: string;
  /** The probability of a difference like this if there were none. */
  p?: number;
}

/**
 * Judges whether the candidate's values are worse than the baseline's, as Kayenta does: a Mann-Whitney U test says whether
 * they differ at all, the ratio of the means whether it matters. Both must be so for a failure. Too few values are
 * inconclusive.
 */
export function compare(candidate: readonly number[], baseline: readonly number[], wanted: Comparison): Compared {
  const fewest = Math.min(candidate.length, baseline.length);
  if (fewest < Math.max(1, wanted.minSamples))
    return { verdict: "inconclusive", detail: `${fewest} of ${wanted.minSamples} values for a comparison` };
  if ([...candidate, ...baseline].some(Number.isNaN)) return { verdict: "error", detail: "NaN is no value to compare" };
  const p = mannWhitney(candidate, baseline, wanted.direction);
  const [mine, theirs] = [mean(candidate), mean(baseline)];
  const effect = relativeChange(mine, theirs);
  const found =
    `mean ${figure(mine)} against ${figure(theirs)} of the active slot (${percent(effect)}), ` +
    `p ${p < 0.001 ? "< 0.001" : p.toFixed(3)}, ${candidate.length} and ${baseline.length} values`;
  const limit = `fails at ${percent(wanted.effectSize)} ${wanted.direction} with p < ${figure(1 - wanted.confidence)}`;
  const judged = (verdict: Verdict) => ({ verdict, detail: `${found} (${limit})`, p });
  if (p >= 1 - wanted.confidence) return judged("pass");
  // Means of which both are infinite tell no size, although the values differ.
  if (Number.isNaN(effect)) return judged("inconclusive");
  const size = wanted.direction === "increase" ? effect : wanted.direction === "decrease" ? -effect : Math.abs(effect);
  return judged(size >= wanted.effectSize ? "fail" : "pass");
}

/**
 * The p value of the Mann-Whitney U test that the first sample is larger (`increase`), smaller, or either: by the normal
 * approximation with corrections for ties and for continuity, as R's `wilcox.test(exact = FALSE)`.
 */
export function mannWhitney(a: readonly number[], b: readonly number[], direction: Comparison["direction"]): number {
  const [n, m] = [a.length, b.length];
  const u = wilcoxonRankSum([...a], [...b]) - (n * (n + 1)) / 2;
  return pValue(u, n, m, tieSum([...a, ...b]), direction);
}

/** The smallest p value that two samples of this size can give: no value of one lies among those of the other. */
export function smallestP(samples: number, direction: Comparison["direction"]): number {
  return pValue(samples * samples, samples, samples, 0, direction === "decrease" ? "increase" : direction);
}

function pValue(u: number, n: number, m: number, ties: number, direction: Comparison["direction"]): number {
  const all = n + m;
  const deviation = Math.sqrt(((n * m) / 12) * (all + 1 - ties / (all * (all - 1))));
  // All values are the same.
  if (!(deviation > 0)) return 1;
  const distance = u - (n * m) / 2;
  const upper = (x: number) => 0.5 - 0.5 * errorFunction(x / deviation / Math.SQRT2);
  if (direction === "increase") return upper(distance - 0.5);
  if (direction === "decrease") return upper(-distance - 0.5);
  return Math.min(1, 2 * upper(Math.abs(distance) - 0.5));
}

/** Σ(t³ − t) over the groups of t equal values. */
function tieSum(values: readonly number[]): number {
  const groups = new Map<number, number>();
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1);
  return [...groups.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
}

/** Infinite when a value is: a latency above every bound is one. The library's sum, which compensates, gives NaN then. */
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** From nothing to something is an infinite change. */
function relativeChange(mine: number, theirs: number): number {
  if (mine === theirs && Number.isFinite(mine)) return 0;
  return (mine - theirs) / Math.abs(theirs);
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function percent(share: number): string {
  return `${share > 0 ? "+" : ""}${figure(share * 100)} %`;
}
