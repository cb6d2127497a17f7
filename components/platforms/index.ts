import type { Target } from "../resources/inputs";
import type { Driver } from "./driver";
import { local } from "./local/platform";
import type { Platform } from "./platform";

/** The one place that knows the platforms' names. */
export const PLATFORMS: Record<string, Platform> = { local };

export function platformOf(name: string): Platform {
  const platform = PLATFORMS[name];
  if (platform === undefined)
    throw new Error(`platform ${name} is unknown; known: ${Object.keys(PLATFORMS).join(", ")}`);
  return platform;
}

export function driverOf(target: Target): Driver {
  return platformOf(target.platform).driver(target);
}
