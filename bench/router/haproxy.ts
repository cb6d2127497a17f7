import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "../scope";
import { freePorts } from "../../scripts/scratch/freePorts";
import { output } from "./output";

const START_MS = 10_000;

const COMMON = `global
  nbthread 1
  maxconn 2000

defaults
  mode http
  option http-keep-alive
  timeout connect 2s
  timeout client 75s
  timeout server 75s
  timeout http-keep-alive 75s
`;

export interface Haproxy {
  pid: number;
  url: string;
}

/** `2.6.12` */
export async function haproxyVersion(scope: Scope, program: string): Promise<string> {
  const text = await output(scope.spawn(program, ["-v"], { stdio: ["ignore", "pipe", "pipe"] }), "haproxy -v");
  return /version (\d[\d.]*)/i.exec(text)?.[1] ?? "of an unknown version";
}

/** A proxy with one thread before these ports. Like the router it forwards the client's address, and it writes no log. */
export async function haproxyBefore(scope: Scope, program: string, upstreams: readonly number[]): Promise<Haproxy> {
  const [port = 0] = await freePorts(1);
  const servers = upstreams.map((upstream, i) => `  server a${i} 127.0.0.1:${upstream}`).join("\n");
  const text = `${COMMON}  option forwardfor
  http-reuse always

frontend public
  bind 127.0.0.1:${port}
  default_backend applications

backend applications
  balance roundrobin
${servers}
`;
  return { url: `http://127.0.0.1:${port}/`, pid: await start(scope, program, text, [port]) };
}

/** Applications that cost next to nothing: HAProxy itself answers, with one thread for all of them. Returns their ports. */
export async function haproxyApplications(
  scope: Scope,
  program: string,
  body: string,
  count: number,
): Promise<number[]> {
  const ports = await freePorts(count);
  const frontends = ports.map(
    (port) => `
frontend application${port}
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string "${body}"
`,
  );
  await start(scope, program, `${COMMON}${frontends.join("")}`, ports);
  return ports;
}

async function start(scope: Scope, program: string, config: string, ports: number[]): Promise<number> {
  const file = join(scope.folder(), "haproxy.cfg");
  writeFileSync(file, config);
  const child = scope.spawn(program, ["-db", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const deadline = Date.now() + START_MS;
  for (const port of ports) {
    while (!(await listens(port))) {
      if (hasEnded(child)) throw new Error(`haproxy did not start: ${said.trim()}`);
      if (Date.now() > deadline) throw new Error(`haproxy does not listen after ${START_MS / 1000} s: ${said.trim()}`);
      await sleep(20);
    }
  }
  if (child.pid === undefined) throw new Error("haproxy has no pid");
  return child.pid;
}

const hasEnded = (child: ChildProcess) =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true)).once("error", end(false));
  });
}
