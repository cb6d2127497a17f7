import { message } from "../message";
import type { Scope } from "../scope";
import type { ClosedLoopSettings } from "./loadProcess";
import { installed } from "./installed";
import { output } from "./output";
import { parseWrk, type Throughput } from "./wrk";

/** Puts as much load on an address as its connections carry. */
export interface LoadDriver {
  name: string;
  drive(url: string, connections: number, seconds: number): Promise<Throughput>;
}

/** wrk with one thread, so that proxy and upstream share the other cores; this project's own load where it is missing. */
export function loadDriver(scope: Scope): LoadDriver {
  const wrk = installed("wrk");
  if (wrk === undefined) {
    return {
      name: "this project's own (undici), as wrk is not installed; it may itself be the limit",
      drive(url, connections, seconds) {
        const child = scope.fork("router/loadProcess.ts", { url, connections, seconds } satisfies ClosedLoopSettings);
        return message<Throughput>(child, "the load", (seconds + 30) * 1000);
      },
    };
  }
  return {
    name: "wrk with 1 thread",
    async drive(url, connections, seconds) {
      const args = ["-t", "1", "-c", String(connections), "-d", `${seconds}s`, "--latency", url];
      return parseWrk(await output(scope.spawn(wrk, args, { stdio: ["ignore", "pipe", "pipe"] }), "wrk"));
    },
  };
}
