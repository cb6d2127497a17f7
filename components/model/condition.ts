/** A condition as its user writes it, such as `< 1`, `>= 10` or `!= 0`. */
export interface Condition {
  operator: Operator;
  limit: number;
}

const OPERATORS = {
  "<": (value: number, limit: number) => value < limit,
  "<=": (value: number, limit: number) => value <= limit,
  ">": (value: number, limit: number) => value > limit,
  ">=": (value: number, limit: number) => value >= limit,
  "==": (value: number, limit: number) => value === limit,
  "!=": (value: number, limit: number) => value !== limit,
};
export type Operator = keyof typeof OPERATORS;

/** The form of a condition: an operator and a number. */
export const CONDITION_PATTERN = /^\s*(<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/;

/** Undefined when the text is no condition, or its number is too large to be one. */
export function parseCondition(text: string): Condition | undefined {
  const match = CONDITION_PATTERN.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const limit = Number(match[2]);
  return Number.isFinite(limit) ? { operator: match[1] as Operator, limit } : undefined;
}

/** Whether a value meets a condition. NaN meets none, not even `!=`: it is no value. */
export function meets(value: number, condition: Condition): boolean {
  return !Number.isNaN(value) && OPERATORS[condition.operator](value, condition.limit);
}

/** The values that a source can give. */
export interface Range {
  least: number;
  most: number;
}

/**
 * One value for each stretch of a range in which conditions cannot change their mind: their limits, a value between each two
 * neighbours, and the ends. Whatever holds for all of these holds for every value.
 */
export function specimens(conditions: readonly Condition[], range: Range): number[] {
  const inside = conditions.map((condition) => condition.limit).filter((limit) => limit > range.least);
  const edges = [range.least, ...inside.filter((limit) => limit < range.most).sort((a, b) => a - b), range.most];
  const between = edges.slice(1).map((edge, i) => middle(edges[i] ?? range.least, edge));
  return [...new Set([...edges, ...between])];
}

function middle(a: number, b: number): number {
  if (a === -Infinity && b === Infinity) return 0;
  if (a === -Infinity) return b - Math.max(1, Math.abs(b));
  if (b === Infinity) return a + Math.max(1, Math.abs(a));
  return a / 2 + b / 2;
}
