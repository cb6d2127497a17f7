import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Path of `runtime.cjs`, by which the long-lived processes are started: from source in a clone, compiled in the package.
 * @throws when there is none above this file, which means a broken installation.
 */
export function runtimeDoor(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "runtime.cjs");
    if (existsSync(path)) return path;
  }
  throw new Error(`runtime.cjs is not above ${__dirname}: install the package again`);
}
