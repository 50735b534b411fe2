import { createServer } from 'node:net';

/** Everything local is for this machine alone. A number, not a name: "localhost" may mean ::1 to one side and 127.0.0.1 to the other. */
export const LOOPBACK = '127.0.0.1';

const LAST_PORT = 65_535;

export interface ChosenPorts {
  readonly ports: Readonly<Record<string, number>>;
  /** Those that are not where they would be by default, because something else listens there. */
  readonly moved: readonly { readonly name: string; readonly wanted: number; readonly port: number }[];
}

/** Gives each name a port: `base` plus its place in the list, or the next free one that no other name is to have. */
export async function choosePorts(
  names: readonly string[],
  base: number,
  isFree: (port: number) => Promise<boolean>,
): Promise<ChosenPorts> {
  const reserved = new Set(names.map((_, index) => base + index));
  const ports: Record<string, number> = {};
  const moved: { name: string; wanted: number; port: number }[] = [];
  for (const [index, name] of names.entries()) {
    const wanted = base + index;
    let port = wanted;
    while (!(await isFree(port))) {
      do port++;
      while (reserved.has(port));
      if (port > LAST_PORT) throw new Error(`no free port from ${wanted} on for ${name}`);
    }
    reserved.add(port);
    ports[name] = port;
    if (port !== wanted) moved.push({ name, wanted, port });
  }
  return { ports, moved };
}

/** Whether a server could listen there right now. Someone else may still be faster; the process then says so when it starts. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
