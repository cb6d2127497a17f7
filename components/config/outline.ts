import { z } from "zod";
import { configSchema } from "./schema";

/** The part of JSON schema that the configuration's schema is written in. */
export interface Outline {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, Outline>;
  required?: string[];
  additionalProperties?: boolean | Outline;
  propertyNames?: Outline;
  items?: Outline;
  pattern?: string;
  /** What the pattern means, in words; editors show it too. */
  patternErrorMessage?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  minLength?: number;
}

let whole: Outline | undefined;

/** The configuration as a person writes it, as JSON schema: what errors, editors, tables and docs are derived from. */
export function outline(): Outline {
  whole ??= z.toJSONSchema(configSchema, { io: "input", target: "draft-2020-12" }) as Outline;
  return whole;
}

/** The schema of what lies at a path; undefined where there is no such key. */
export function outlineAt(path: readonly PropertyKey[], from: Outline = outline()): Outline | undefined {
  let at: Outline | undefined = from;
  for (const key of path) {
    if (typeof key === "number") at = at?.items;
    else at = entryOf(at, String(key));
  }
  return at;
}

function entryOf(at: Outline | undefined, key: string): Outline | undefined {
  if (at?.properties !== undefined && Object.hasOwn(at.properties, key)) return at.properties[key];
  return typeof at?.additionalProperties === "object" ? at.additionalProperties : undefined;
}

/** What may be written here, in words: `blue or green`, `a whole number from 1 to 64`. */
export function allowed(at: Outline | undefined): string {
  if (at === undefined) return "nothing";
  if (at.patternErrorMessage !== undefined) return at.patternErrorMessage;
  if (at.enum !== undefined) return either(at.enum.map(String));
  if (Array.isArray(at.type)) return either(at.type.map((type) => allowed({ type })));
  switch (at.type) {
    case "string":
      return (at.minLength ?? 0) > 0 ? "text, not empty" : "text";
    case "integer":
      return `a whole number${range(at)}`;
    case "number":
      return `a number${range(at)}`;
    case "boolean":
      return "true or false";
    case "array":
      return `a list${(at.minItems ?? 0) > 0 ? " with at least one entry" : ""}; each entry: ${allowed(at.items)}`;
    case "object":
      return at.properties === undefined
        ? "names with values"
        : `a map with the keys ${Object.keys(at.properties).join(", ")}`;
    case "null":
      return "null";
    default:
      return "anything";
  }
}

function range(at: Outline): string {
  const min = (at.minimum ?? Number.MIN_SAFE_INTEGER) > Number.MIN_SAFE_INTEGER ? at.minimum : undefined;
  const max = (at.maximum ?? Number.MAX_SAFE_INTEGER) < Number.MAX_SAFE_INTEGER ? at.maximum : undefined;
  if (at.exclusiveMinimum !== undefined) return ` above ${at.exclusiveMinimum}`;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? "" : `, at most ${max}`;
}

function either(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
