/** Counts by upper bound, not cumulative: `counts[i]` values were at most `bounds[i]`; the last count is above them all. */
export interface Histogram {
  bounds: readonly number[];
  counts: readonly number[];
}

/** What was counted between two readings of the same counter. A counter that went back was restarted: all of `after` is new. */
export function difference(before: Histogram, after: Histogram): Histogram {
  const counts = after.counts.map((count, i) => count - (before.counts[i] ?? 0));
  return { bounds: after.bounds, counts: counts.some((count) => count < 0) ? [...after.counts] : counts };
}

export function total(histogram: Histogram): number {
  return histogram.counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The value that the given share of the counted values did not exceed, by linear interpolation inside its bucket: the
 * estimate of Prometheus' `histogram_quantile`. Undefined when nothing was counted; the highest bound when it lies above all.
 */
export function quantile(histogram: Histogram, q: number): number | undefined {
  const sum = total(histogram);
  if (sum === 0) return undefined;
  const rank = q * sum;
  let seen = 0;
  for (const [i, count] of histogram.counts.entries()) {
    if (count > 0 && seen + count >= rank) {
      const upper = histogram.bounds[i];
      if (upper === undefined) return histogram.bounds.at(-1);
      const lower = histogram.bounds[i - 1] ?? 0;
      return lower + (upper - lower) * ((rank - seen) / count);
    }
    seen += count;
  }
  return histogram.bounds.at(-1);
}
