import { Pool } from "undici";

const ROUNDS = 20;

/**
 * Opens this many connections, sends some requests over each of them, and calls `look` while all of them are still open.
 * @returns what `look` found
 */
export async function withConnections<T>(url: string, count: number, look: () => Promise<T>): Promise<T> {
  const pool = new Pool(url, { connections: count, pipelining: 1, keepAliveTimeout: 60_000 });
  const ask = async (): Promise<void> => {
    const { body } = await pool.request({ path: "/", method: "GET" });
    await body.arrayBuffer();
  };
  try {
    // All at once: a pool opens a further connection only while those it has are busy.
    for (let round = 0; round < ROUNDS; round++) await Promise.all(Array.from({ length: count }, ask));
    return await look();
  } finally {
    await pool.destroy();
  }
}
