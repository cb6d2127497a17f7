import { type Stats, appendFileSync, fstatSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

const ROTATE_BYTES = 1_000_000;

/** What the router has to say, a line each: to `router.log`, and errors to standard error as well. */
export interface RouterLog {
  info(message: string): void;
  error(message: string): void;
}

export function routerLogPath(dir: string): string {
  return join(dir, "router.log");
}

/** Keeps one older log. For whoever is about to start a router, while nobody has the file open. */
export function rotateRouterLog(dir: string): void {
  const path = routerLogPath(dir);
  if ((status(() => statSync(path))?.size ?? 0) > ROTATE_BYTES) renameSync(path, `${path}.1`);
}

export function openRouterLog(dir: string): RouterLog {
  const path = routerLogPath(dir);
  // `startRouter` sends standard error into the same file, for what Node itself prints when a process dies.
  const stderr = status(() => fstatSync(2));
  const file = status(() => statSync(path));
  const stderrIsTheFile = stderr !== undefined && stderr.ino === file?.ino && stderr.dev === file.dev;
  const line = (level: string, message: string): void => {
    const text = `${new Date().toISOString()} ${level} ${message}\n`;
    if (level === "error" || stderrIsTheFile) process.stderr.write(text);
    if (!stderrIsTheFile) appendFileSync(path, text, { mode: 0o600 });
  };
  return { info: (message) => line("info", message), error: (message) => line("error", message) };
}

/** Undefined when there is no such file, or when standard error is closed. */
function status(read: () => Stats): Stats | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
