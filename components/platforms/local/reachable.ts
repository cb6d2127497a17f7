/** Where to connect to what listens on a host: "every address" is one to listen on and not one to connect to. */
export function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/** The address of what listens there, as a browser wants it. */
export function originOf({ host, port }: { host: string; port: number }): string {
  const name = reachable(host);
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
