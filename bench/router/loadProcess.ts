import { build } from "hdr-histogram-js";
import { Pool } from "undici";
import { settingsOf, tell } from "../message";
import type { Throughput } from "./wrk";

/** The load where wrk is not installed: each connection sends its next request when it has the answer to the last. */
export interface ClosedLoopSettings {
  url: string;
  connections: number;
  seconds: number;
}

async function drive({ url, connections, seconds }: ClosedLoopSettings): Promise<Throughput> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const microseconds = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  const begun = performance.now();
  const until = begun + seconds * 1000;
  let failed = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < until) {
      const sentAt = performance.now();
      try {
        const { statusCode, body } = await pool.request({ path: "/", method: "GET" });
        await body.arrayBuffer();
        if (statusCode >= 400) failed++;
      } catch {
        failed++;
      }
      microseconds.recordValue(Math.max(1, Math.round((performance.now() - sentAt) * 1000)));
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  const elapsed = (performance.now() - begun) / 1000;
  await pool.close();
  return {
    perSecond: microseconds.totalCount / elapsed,
    p50: microseconds.getValueAtPercentile(50) / 1000,
    p99: microseconds.getValueAtPercentile(99) / 1000,
    failed,
  };
}

if (require.main === module) {
  void drive(settingsOf() as ClosedLoopSettings)
    .then(tell)
    .then(() => process.disconnect());
}
