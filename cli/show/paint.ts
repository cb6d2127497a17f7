import { styleText } from "node:util";

export type Colour = "red" | "yellow" | "green" | "cyan" | "bold" | "dim";
/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;
export const colourful: Paint = (colour, text) => styleText(colour, text, { validateStream: false });

/** Colours are for a person at a terminal who has not said otherwise: https://no-color.org, https://force-color.org. */
export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const set = (name: string) => env[name] !== undefined && env[name] !== "";
  if (set("NO_COLOR") || env["TERM"] === "dumb") return plain;
  if (set("FORCE_COLOR") && env["FORCE_COLOR"] !== "0") return colourful;
  return stream.isTTY === true ? colourful : plain;
}
