import { at } from "../../gates/pointer";
import type { Sample } from "../../model/objective";

/**
 * The number at a place in a JSON text. null is how servers say that they have no data.
 *
 * @throws when the text is not JSON, or something else than a number is there.
 */
export function numberAt(text: string, pointer: string, where: string): Sample {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`${where}: not JSON but ${JSON.stringify(text.slice(0, 120))}`);
  }
  const value = at(document, pointer);
  const place = pointer === "" ? "the document" : pointer;
  if (value === null) return { missing: `${where}: ${place} is null` };
  if (value === undefined) throw new Error(`${where}: there is no ${place} in ${JSON.stringify(text.slice(0, 120))}`);
  if (typeof value !== "number") throw new Error(`${where}: ${place} is ${kindOf(value)}, not a number`);
  return { value, detail: `${place} is ${value}` };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  return JSON.stringify(value);
}
