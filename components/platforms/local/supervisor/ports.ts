import { connect, createServer } from "node:net";
import { holds, listeningSockets } from "../process/listener";
import { listProcesses } from "../process/processTable";
import { reachable } from "../reachable";

/** A port of this host that is free now, chosen by the operating system. */
export async function freePort(host: string, taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = await listenOnce(host, 0);
    if (!taken.has(port)) return port;
  }
}

/** Why nothing can listen there now, in a sentence; undefined when it is free. */
export async function portProblem(host: string, port: number): Promise<string | undefined> {
  try {
    await listenOnce(host, port);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EADDRINUSE") return `port ${port} on ${host} is in use${holderOf(port)}`;
    if (code === "EACCES") return `port ${port} on ${host} may not be opened by this user`;
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `${host} is not an address of this machine`;
    return `port ${port} on ${host} cannot be opened: ${(error as Error).message}`;
  }
}

/** Whether something accepts connections there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: reachable(host), port, timeout: 1_000 });
    const done = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", done(true)).once("error", done(false)).once("timeout", done(false));
  });
}

function listenOnce(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}

/** ` by pid 123 (node)` where the system tells; empty where it does not, as for another user's process. */
function holderOf(port: number): string {
  if (process.platform !== "linux") return "";
  const sockets = listeningSockets(port);
  const holder = listProcesses().find(({ pid }) => holds(pid, sockets));
  return holder === undefined ? "" : ` by pid ${holder.pid} (${holder.name})`;
}
