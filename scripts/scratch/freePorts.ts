import { createServer } from "node:net";

/**
 * Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections: a stopped slot's port must
 * still be free when it is started again, whatever connections a load has opened meanwhile.
 */
const FIRST = 15_000;
const LAST = 32_000;
const ATTEMPTS = 200;

const given = new Set<number>();

/** Ports on the loopback address that nobody listens on now, and that this process has not given out before. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS && ports.length < count; attempt++) {
    // Chosen at random, so that test processes that run side by side do not choose the same ones.
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  if (ports.length < count) throw new Error(`no ${count} free ports between ${FIRST} and ${LAST} in ${ATTEMPTS} tries`);
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
