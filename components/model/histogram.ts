/** Counts by upper bound, not cumulative: `counts[i]` values were at most `bounds[i]`; the last count is above them all. */
export interface Histogram {
  bounds: readonly number[];
  counts: readonly number[];
}

/**
 * What was counted between two readings of the same counter. A counter that went back, or has other bounds now, was
 * restarted: all of `after` is new.
 */
export function difference(before: Histogram, after: Histogram): Histogram {
  const comparable =
    before.bounds.length === after.bounds.length && after.bounds.every((bound, i) => bound === before.bounds[i]);
  const counts = after.counts.map((count, i) => count - (before.counts[i] ?? 0));
  const restarted = !comparable || counts.some((count) => count < 0);
  return { bounds: after.bounds, counts: restarted ? [...after.counts] : counts };
}

export function total(histogram: Histogram): number {
  return histogram.counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The value that the given share of the counted values did not exceed, by linear interpolation inside its bucket: the
 * estimate of Prometheus' `histogram_quantile`. Undefined when nothing was counted; infinite when it lies above all bounds
 * (Prometheus says the highest bound then, which would let it pass a limit beyond that bound).
 */
export function quantile(histogram: Histogram, q: number): number | undefined {
  const sum = total(histogram);
  if (sum === 0) return undefined;
  const rank = q * sum;
  let seen = 0;
  for (const [i, count] of histogram.counts.entries()) {
    if (count > 0 && seen + count >= rank) {
      const upper = histogram.bounds[i];
      if (upper === undefined) return Infinity;
      const lower = histogram.bounds[i - 1] ?? 0;
      return lower + (upper - lower) * ((rank - seen) / count);
    }
    seen += count;
  }
  return Infinity;
}
