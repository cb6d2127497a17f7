import type { Figure } from "../figure";

/** Heads of the columns of `cells`. */
export const COLUMNS = ["figure", "value", "goal", "holds", "peer", "ratio"];

/** A figure as a person reads it, one text for each column. */
export function cells({ name, value, unit, goal, holds, peer, ratio, skipped }: Figure): string[] {
  return [
    name,
    value === null ? "not measured" : withUnit(value, unit),
    goal ?? "",
    holds === null ? (skipped === undefined ? "" : `skipped: ${skipped}`) : holds ? "yes" : "NO",
    peer === undefined ? "" : `${withUnit(peer.value, unit)} (${peer.name})`,
    ratio === undefined ? "" : ratio.toFixed(2),
  ];
}

function withUnit(value: number, unit: string): string {
  // Three figures are what such a measurement can tell.
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const number = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === "" ? number : `${number} ${unit}`;
}
