/** What may be filled into an objective's query, address or command. */
export const VARIABLES = ["slot", "release", "version", "service", "interval"] as const;
export type Variable = (typeof VARIABLES)[number];
export type Filling = Record<Variable, string>;

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The text with `{{slot}}` and the like filled in. `escape` makes each value fit for where it goes, as into a URL. */
export function fill(text: string, filling: Filling, escape: (value: string) => string = (value) => value): string {
  return text.replace(PLACE, (place, name: string) => (isVariable(name) ? escape(filling[name]) : place));
}

/** The variables that a text uses. */
export function variablesOf(text: string): Variable[] {
  return [...new Set(placesOf(text).filter(isVariable))];
}

/** What stands in `{{ }}` and cannot be filled in, and braces that are never closed; as they are written. */
export function unknownPlaces(text: string): string[] {
  const unknown = placesOf(text).filter((name) => !isVariable(name));
  const rest = text.replace(PLACE, "");
  const open = /\{\{|\}\}/.exec(rest);
  return [...unknown.map((name) => `{{${name}}}`), ...(open === null ? [] : [open[0]])];
}

/** A length of time as PromQL writes it: `90s`, `1500ms`. */
export function promDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.max(1, Math.round(ms))}ms`;
}

function placesOf(text: string): string[] {
  return [...text.matchAll(PLACE)].map((match) => match[1] ?? "");
}

function isVariable(name: string): name is Variable {
  return (VARIABLES as readonly string[]).includes(name);
}
