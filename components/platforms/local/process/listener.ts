import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { listProcesses } from "./processTable";

/**
 * Whether a process of this group listens on the port. On systems that do not tell who owns a socket it is taken to be so:
 * there, the port of a running instance is the best proof to be had.
 */
export function ownsPort(group: number, port: number): boolean {
  if (process.platform !== "linux") return true;
  const sockets = listeningSockets(port);
  return listProcesses().some((entry) => entry.group === group && holds(entry.pid, sockets));
}

/** The names that the sockets listening on this port have under /proc/<pid>/fd. */
export function listeningSockets(port: number): Set<string> {
  const LISTEN = "0A";
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    orElse("", () => readFileSync(file, "utf8"))
      .split("\n")
      .slice(1),
  );
  return new Set(
    rows.flatMap((row) => {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      return local?.endsWith(suffix) === true && state === LISTEN ? [`socket:[${inode ?? ""}]`] : [];
    }),
  );
}

/** Whether the process has one of these sockets open. */
export function holds(pid: number, sockets: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}/fd`;
  return orElse<string[]>([], () => readdirSync(directory)).some((name) =>
    sockets.has(orElse("", () => readlinkSync(`${directory}/${name}`))),
  );
}

/** Another user's process, or one that has just ended, cannot be looked into: then nothing is found there. */
function orElse<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}
