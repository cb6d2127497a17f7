import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What the operating system says about one process. */
export interface ProcessEntry {
  pid: number;
  /** Changes with every process that ever has this pid, also across reboots. */
  startTime: string;
  /** Dead, and only waiting for its parent to read its exit code. */
  zombie: boolean;
  /** The id of its process group. */
  group: number;
  /** The program's name, shortened by some systems. */
  name: string;
}

const onLinux = process.platform === "linux";

/** The process with this pid, or undefined when there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return onLinux ? readProc(pid) : readPs(["-p", String(pid)])[0];
}

/** Every process that can be seen. */
export function listProcesses(): ProcessEntry[] {
  if (!onLinux) return readPs(["-A"]);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProc(Number(name)))
    .filter((entry) => entry !== undefined);
}

let boot: string | undefined;

/** Ticks since boot mean nothing after a reboot, so the boot's own id is part of a start time. */
function bootId(): string {
  boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return boot;
}

function readProc(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES") return undefined;
    throw error;
  }
  // The second field is the program's name in brackets and may hold spaces and brackets itself.
  const nameEnd = stat.lastIndexOf(")");
  const name = stat.slice(stat.indexOf("(") + 1, nameEnd);
  const fields = stat.slice(nameEnd + 2).split(" ");
  const [state, , group] = fields;
  const ticks = fields[19];
  if (state === undefined || group === undefined || ticks === undefined) return undefined;
  return { pid, startTime: `${bootId()}:${ticks}`, zombie: state === "Z" || state === "X", group: Number(group), name };
}

function readPs(which: string[]): ProcessEntry[] {
  let output: string;
  try {
    output = execFileSync("ps", ["-o", "pid=,pgid=,stat=,lstart=,comm=", ...which], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    // ps answers 1 when it finds no such process.
    if ((error as { status?: number | null }).status === 1) return [];
    throw error;
  }
  return output.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+ +\S+ +\d+ +[\d:]+ +\d+)\s+(.+?)\s*$/.exec(line);
    if (match === null) return [];
    const [, pid, group, state = "", startTime = "", name = ""] = match;
    return [{ pid: Number(pid), group: Number(group), zombie: state.startsWith("Z"), startTime, name }];
  });
}
