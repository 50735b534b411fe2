/** A queue that users would otherwise pick, opened for the measurement on a server of its own. */
export interface OpenPeer {
  /** Adds a job that does nothing, with the key as its deduplication key. */
  add(key: string): Promise<void>;
  /** Begins to work, with a hundred jobs at once. */
  work(): Promise<void>;
  close(): Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** What it needs in `bench/peers/node_modules`; none of it is among our dependencies. */
  readonly packages: readonly string[];
  readonly server: 'redis-server' | 'postgres';
  /** `onJob` is told of each job when it begins. */
  open(port: number, onJob: (key: string) => void): Promise<OpenPeer>;
}

export const AT_ONCE = 100;

/** Loads a package of `bench/peers/node_modules`, which may not be there. */
export async function load<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}
